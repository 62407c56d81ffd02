import { type ReactNode, useEffect, useRef } from "react";
import { t } from "../i18n";

/** The heading of a page. Focus goes to it, so that a screen reader says where one is. */
export function Heading({ children }: { children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

export function Notice({ kind = "", children }: { kind?: "" | "alert" | "caution" | "good"; children: ReactNode }) {
  return (
    <div className={`notice ${kind}`} role={kind === "alert" ? "alert" : "status"}>
      {children}
    </div>
  );
}

/** What is there where there is nothing, and what to do about it. */
export function Empty({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p>{title}</p>
      <p className="muted">{hint}</p>
      {children}
    </div>
  );
}

export function Busy() {
  return <p role="status">{t("common.wait")}</p>;
}
