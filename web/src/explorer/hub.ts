import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { createClient } from "graphql-ws";

const KEY = "nuanyang.token";

/** The access token lives as long as the browser tab and is never written elsewhere. */
export const token = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set(value: string) {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
    // The next subscription opens a socket of its own, with the new token.
    socket.terminate();
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
