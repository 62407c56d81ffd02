import type { FocusEvent, KeyboardEvent } from "react";

/** The keyboard of a phone says what its Enter does. */
export function hintNext({ target }: FocusEvent) {
  if (target instanceof HTMLInputElement) target.enterKeyHint = "next";
}

/**
 * Enter in a field leads to the next one, so that nothing is handed in half written. While something is
 * composed it is the keyboard's, which takes by it what was typed or said.
 */
export function toNext(event: KeyboardEvent<HTMLFormElement>) {
  const { key, nativeEvent, target, currentTarget } = event;
  if (key !== "Enter" || nativeEvent.isComposing || !(target instanceof HTMLInputElement)) return;
  event.preventDefault();
  const fields = [...currentTarget.elements].filter((field) => field.matches("input, select, textarea, button"));
  const isOther = (field: Element) => !target.name || field.getAttribute("name") !== target.name;
  const next = fields.slice(fields.indexOf(target) + 1).find((field) => isOther(field) && !field.matches(":disabled"));
  if (next instanceof HTMLElement) next.focus();
}
