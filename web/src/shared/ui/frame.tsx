import { Component, type ReactNode } from "react";
import { Notice } from "./parts";

/** The address is the app's own, so the link moves the focus and leaves the address alone. */
export function toMain(event: { preventDefault(): void }) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** A page that breaks takes nothing else down; the sentence says what is safe. */
export class Fence extends Component<{ sentence: string; children: ReactNode }, { broke: boolean }> {
  override state = { broke: false };

  static getDerivedStateFromError() {
    return { broke: true };
  }

  override render() {
    if (!this.state.broke) return this.props.children;
    return (
      <div className="page">
        <Notice kind="alert">{this.props.sentence}</Notice>
      </div>
    );
  }
}
