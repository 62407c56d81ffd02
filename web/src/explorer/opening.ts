import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";

/** Brings a query into the editor: its tab where it is open already, or a new one. */
export function useOpening() {
  const { addTab, changeTab } = useGraphiQLActions();
  const tabs = useGraphiQL((state) => state.tabs);
  const query = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);

  function open(text: string, values = "") {
    const place = tabs.findIndex((tab) => tab.query === text && (tab.variables ?? "") === values);
    if (place >= 0) {
      changeTab(place);
      return;
    }
    addTab();
    query?.setValue(text);
    variables?.setValue(values);
    query?.focus();
  }

  return { isReady: Boolean(query && variables), open };
}
