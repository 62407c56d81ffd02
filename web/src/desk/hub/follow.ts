import { type AnyVariables, stringifyDocument, type TypedDocumentNode } from "@urql/core";
import { createClient } from "graphql-ws";

/** Follows the hub in the session of the browser's cookie, from now on, until what it gives is called. */
export function follow<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  tell: (data: Data) => void,
): () => void {
  const socket = createClient({
    url: new URL("/graphql/ws", location.href.replace(/^http/, "ws")).href,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => new Promise((done) => setTimeout(done, RETRY)),
    shouldRetry: () => true,
  });
  const asked = { query: stringifyDocument(document), variables: variables as Record<string, unknown> };
  // What ends it is told by the page's other questions; a list that stands still says nothing untrue.
  const quiet = () => {};
  socket.subscribe<Data>(asked, { next: ({ data }) => data && tell(data), error: quiet, complete: quiet });
  return () => void socket.dispose();
}

/** After so long a broken line is tried again: 5 s. */
const RETRY = 5_000;
