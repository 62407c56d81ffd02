import { inEachLanguage, type Key as SharedKey, speaker } from "../../shared/i18n";
import { en } from "./en";
import { type Key as OwnKey, zh } from "./zh";

export { language, useLanguage } from "../../shared/i18n";

export type Key = OwnKey | SharedKey;

export const t = speaker({ zh, en });

inEachLanguage(() => {
  document.title = t("app.name");
});
