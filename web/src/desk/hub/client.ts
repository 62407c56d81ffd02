import { type AnyVariables, stringifyDocument, type TypedDocumentNode } from "@urql/core";
import { failed, HubError } from "../../shared/failure";
import { language } from "../i18n";

export { HubError };

/** Silence for so long is no connection: 60 s, since a workbook is read while one waits. */
const PATIENCE = 60_000;

/**
 * Asks the hub, or hands something in, in the session of the browser's cookie. Throws a `HubError`
 * where the answer does not count.
 */
export async function ask<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  return (await askSeen(document, variables)).data;
}

/** Of which fields not all values were shown plainly, such as `Person.phone`, and how they were. */
export type Sight = Record<string, "MASKED" | "HIDDEN" | "SUPPRESSED">;

/** Asks likewise, and what of the answer was not shown plainly. */
export async function askSeen<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<{ data: Data; sight: Sight }> {
  const { data, extensions } = await answerOf<Data>(await post(document, variables));
  return { data, sight: extensions?.sight ?? {} };
}

/** Asks likewise, and takes an answer of which the hub refused parts: those are null. */
export async function askWhatIsTold<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await post(document, variables);
  const told = (await response.clone().json().catch(() => ({}))) as Told<Data>;
  return told.data ?? (await answerOf<Data>(response)).data;
}

/** Asks a question that is only a text, and what it costs. */
export async function explained<Data>(query: string): Promise<{ data: Data; price?: Price | undefined }> {
  const body = JSON.stringify({ query, extensions: { explain: true } });
  const response = await send(body, { "content-type": "application/json" });
  const { data, extensions } = await answerOf<Data>(response);
  return { data, price: extensions?.explain };
}

function post<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Response> {
  const body = JSON.stringify({ query: stringifyDocument(document), variables });
  return send(body, { "content-type": "application/json" });
}

/** Hands a file in, as the variable `file` of the operation. */
export async function upload<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables & { file: never }>,
  variables: Variables,
  file: File,
): Promise<Data> {
  const form = new FormData();
  const operation = { query: stringifyDocument(document), variables: { ...variables, file: null } };
  form.append("operations", JSON.stringify(operation));
  form.append("map", JSON.stringify({ 0: ["variables.file"] }));
  form.append("0", file);
  return (await answerOf<Data>(await send(form, { "graphql-preflight": "1" }))).data;
}

async function send(body: BodyInit, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch("/graphql", {
      method: "POST",
      headers: { ...headers, accept: "application/graphql-response+json", "accept-language": language.get() },
      body,
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (error) {
    throw new HubError("offline", String(error));
  }
}

interface Told<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
  extensions?: { explain?: Price; sight?: Sight };
}

export interface Price {
  price: number;
  /** What one question may cost. */
  limit: number;
}

async function answerOf<Data>(response: Response): Promise<Told<Data> & { data: Data }> {
  const told = (await response.json().catch(() => ({}))) as Told<Data>;
  const error = told.errors?.[0];
  const { code, retryAfter } = error?.extensions ?? {};
  // Where it does not say when to come again, the question itself is too costly.
  if (error && code === "TOO_COSTLY" && retryAfter === undefined) throw new HubError("refused", error.message);
  if (error || !response.ok) throw failed(error, response, response.statusText);
  if (!told.data) throw new HubError("fault", "an answer without data");
  return { ...told, data: told.data };
}
