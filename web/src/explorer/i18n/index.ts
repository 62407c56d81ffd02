import { inEachLanguage, type Key as SharedKey, speaker } from "../../shared/i18n";
import { en } from "./en";
import { type Key as OwnKey, zh } from "./zh";

export { useLanguage } from "../../shared/i18n";

export type Key = OwnKey | SharedKey;

export const t = speaker({ zh, en });

// The editor is in Chinese alone, whatever was chosen on the other pages.
inEachLanguage(() => {
  document.documentElement.lang = "zh-CN";
});
