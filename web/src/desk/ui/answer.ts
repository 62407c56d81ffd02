import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useState } from "react";
import { askSeen, type Sight } from "../hub/client";
import { useLanguage } from "../i18n";
import { session } from "../session";

export interface Answer<Data> {
  /** The newest answer; that of the question before stays until the next is there. */
  data?: Data;
  /** What of it was not shown plainly. */
  sight?: Sight;
  error?: unknown;
  isAsking: boolean;
  again: () => void;
}

/** Asks the hub what a page shows, and again where the variables or the language are others. */
export function useAnswer<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Answer<Data> {
  const [told, setTold] = useState<Omit<Answer<Data>, "again"> & { of?: string }>({ isAsking: true });
  const [turn, setTurn] = useState(0);
  const asked = JSON.stringify(variables);
  const language = useLanguage();
  useEffect(() => {
    let isWanted = true;
    setTold(({ error: _, ...before }) => ({ ...before, isAsking: true }));
    askSeen(document, JSON.parse(asked) as Variables).then(
      (answer) => isWanted && setTold({ of: asked, ...answer, isAsking: false }),
      (error: unknown) => {
        session.heed(error);
        // An answer to the same question stays; one to another would be taken for this one's.
        const failed = { error, isAsking: false };
        if (isWanted) setTold((before) => (before.of === asked ? { ...before, ...failed } : failed));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [document, asked, turn, language]);
  const again = useCallback(() => setTurn((turn) => turn + 1), []);
  return { ...told, again };
}
