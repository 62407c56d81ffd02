import { createGraphiQLFetcher } from "@graphiql/toolkit";
import type { TypedDocumentNode } from "@urql/core";
import { print } from "graphql";
import { createClient } from "graphql-ws";
import { failed, HubError } from "../shared/failure";
import { language } from "../shared/i18n";
import { Cell } from "../shared/ui/cell";

const KEY = "nuanyang.token";

const used = new Cell(sessionStorage.getItem(KEY) ?? "");

/** The access token lives as long as the browser tab and is never written elsewhere. */
export const token = {
  get: used.get,
  subscribe: used.subscribe,
  set(value: string) {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
    // The next subscription opens a socket of its own, with the new token.
    socket.terminate();
    used.set(value);
  },
};

function authorization(): Record<string, string> {
  const value = token.get();
  return value ? { authorization: `Bearer ${value}` } : {};
}

const socket = createClient({
  url: new URL("/graphql/ws", location.href.replace(/^http/, "ws")).href,
  connectionParams: authorization,
  lazy: true,
});

/** Questions by HTTP, subscriptions by web socket, both at the page's own origin. */
export const fetcher = createGraphiQLFetcher({
  url: "/graphql",
  wsClient: socket,
  enableIncrementalDelivery: false,
  fetch: (input, init) => {
    const headers = new Headers(authorization());
    // What the user types into the header editor is stronger than the bar.
    new Headers(init?.headers).forEach((value, name) => headers.set(name, value));
    return fetch(input, { ...init, headers, credentials: "same-origin" });
  },
});

/** What the page itself asks of the hub. Throws a `HubError` where the answer does not count. */
export async function ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  return (await answered<Data>({ query: print(document), variables })).data;
}

export interface Price {
  price: number;
  limit: number;
}

/** What a question costs, and what one may; none where the hub does not tell. */
export async function priced(body: { query: string; variables: object; operationName?: string }): Promise<Price | undefined> {
  return (await answered({ ...body, extensions: { explain: true } })).extensions?.explain;
}

interface Answered<Data> {
  data: Data;
  extensions?: { explain?: Price };
}

async function answered<Data>(body: object): Promise<Answered<Data>> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      ...authorization(),
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      "accept-language": language.get(),
    },
    body: JSON.stringify(body),
    credentials: "same-origin",
  }).catch((error: unknown) => {
    throw new HubError("offline", String(error));
  });
  const told = (await response.json().catch(() => ({}))) as Partial<Answered<Data>> & { errors?: { message: string }[] };
  const error = told.errors?.[0];
  if (error || !told.data) throw failed(error, response, response.statusText);
  return { ...told, data: told.data };
}
