import { language, useLanguage } from "../i18n";

/** Says everything in the other language. */
export function LanguageButton() {
  const other = useLanguage() === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      className="button plain"
      lang={other === "zh" ? "zh-CN" : "en"}
      onClick={() => language.set(other)}
    >
      {other === "zh" ? "中文" : "English"}
    </button>
  );
}
