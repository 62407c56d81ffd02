import { useEffect } from "react";
import { t, useLanguage } from "../i18n";

/** What the window is called while a page is open, before the name of the desk. */
export function useTitle(title: string | undefined) {
  const language = useLanguage();
  useEffect(() => {
    const name = t("app.name");
    document.title = title ? `${title} - ${name}` : name;
    return () => {
      document.title = t("app.name");
    };
  }, [title, language]);
}
