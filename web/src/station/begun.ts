/** What was typed into the page before the app was there (`station/index.html`). */
export interface Begun {
  way: "password" | "token";
  username: string;
  secret: string;
  /** Which field somebody was in. */
  focus: "username" | "secret" | undefined;
}

export function begun(): Begun {
  const valueOf = (field: string) => document.querySelector<HTMLInputElement>(field)?.value ?? "";
  const focus = document.activeElement?.id;
  return {
    way: valueOf('[name="way"]:checked') === "token" ? "token" : "password",
    username: valueOf("#username"),
    secret: valueOf("#secret"),
    focus: focus === "username" || focus === "secret" ? focus : undefined,
  };
}
