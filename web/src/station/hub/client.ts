import { type AnyVariables, Client, fetchExchange, type TypedDocumentNode } from "@urql/core";
import { failed, HubError } from "../../shared/failure";
import { language } from "../../shared/i18n";

/** Silence for so long is no connection: 30 s. */
const PATIENCE = 30_000;

const client = new Client({ url: "/graphql", exchanges: [fetchExchange], preferGetMethod: false });

/** Asks the hub, or hands something in. Throws a `HubError` where the answer does not count. */
export async function ask<Data, Variables extends AnyVariables>(
  token: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  let response: Response | undefined;
  const watched: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${token}`);
    headers.set("accept-language", language.get());
    const signal = AbortSignal.timeout(PATIENCE);
    response = await fetch(input, { ...init, headers, signal, credentials: "omit" });
    return response;
  };
  const isMutation = document.definitions.some(
    (definition) => "operation" in definition && definition.operation === "mutation",
  );
  const asked = { fetch: watched, requestPolicy: "network-only" as const };
  const result = await (isMutation
    ? client.mutation(document, variables, asked)
    : client.query(document, variables, asked)
  ).toPromise();
  if (result.error) throw failed(result.error.graphQLErrors[0], response, result.error.message);
  if (result.data === undefined) throw new HubError("fault", "an answer without data");
  return result.data;
}
