import { expect, test } from "vitest";
import { failed } from "../src/shared/failure";

function told(status: number, code?: string, headers: Record<string, string> = {}, more: object = {}) {
  const fault = code ? { message: "why", extensions: { code, ...more } } : undefined;
  const { failure, retryAfter } = failed(fault, new Response(null, { status, headers }), "text");
  return [failure, retryAfter];
}

test("no response is no connection, and so is an answer that is not the hub's", () => {
  expect(failed(undefined, undefined, "broken").failure).toBe("offline");
  // A page to sign in to the network of a hotel.
  expect(told(200)).toEqual(["offline", undefined]);
  expect(told(302)).toEqual(["offline", undefined]);
});

test("an ended session is told apart from what the hub will not take", () => {
  expect(told(401, "UNAUTHENTICATED")).toEqual(["signin", undefined]);
  expect(told(401)).toEqual(["signin", undefined]);
  expect(told(400, "INVALID_INPUT")).toEqual(["refused", undefined]);
  expect(told(200, "FORBIDDEN")).toEqual(["refused", undefined]);
});

test("what may be better later is tried later, when the hub says", () => {
  expect(told(503, "UNAVAILABLE", { "retry-after": "30" })).toEqual(["busy", 30]);
  expect(told(429, undefined, { "retry-after": "7" })).toEqual(["busy", 7]);
  expect(told(502)).toEqual(["busy", undefined]);
  expect(told(200, "TOO_COSTLY", {}, { retryAfter: 12 })).toEqual(["busy", 12]);
  expect(told(500, "INTERNAL")).toEqual(["fault", undefined]);
  expect(told(200, "INTERNAL")).toEqual(["fault", undefined]);
});
