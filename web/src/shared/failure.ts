/** Why the hub gave no answer that counts. */
export type Failure =
  /** It was not reached: nothing is known of what became of the request. */
  | "offline"
  /** It asks to come back later. */
  | "busy"
  /** The token is wrong or has ended. */
  | "signin"
  /** It will not take this, however often it is sent. */
  | "refused"
  /** Something is wrong on its side. */
  | "fault";

export class HubError extends Error {
  constructor(
    readonly failure: Failure,
    message: string,
    /** Seconds that the hub asks to wait. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Whether the hub itself says why it does not answer: that it will not, or that it costs too much. */
export function isTold(error: unknown): error is HubError {
  return error instanceof HubError && (error.failure === "refused" || error.failure === "busy");
}

interface Fault {
  message: string;
  extensions?: Record<string, unknown>;
}

/** What an answer that does not count comes to. */
export function failed(error: Fault | undefined, response: Response | undefined, text: string): HubError {
  if (!response) return new HubError("offline", text);
  const asked = error?.extensions?.retryAfter ?? response.headers.get("retry-after");
  const wait = Number(asked) || undefined;
  const code = error?.extensions?.code;
  const message = error?.message ?? text;
  if (response.status === 401 || code === "UNAUTHENTICATED") return new HubError("signin", message);
  // Nothing that the app asks is too costly by itself: the minute's budget is spent, or time ran out.
  if (code === "TOO_COSTLY") return new HubError("busy", message, wait);
  if (response.status === 429 || code === "UNAVAILABLE") return new HubError("busy", message, wait);
  if ([502, 503, 504].includes(response.status)) return new HubError("busy", message, wait);
  if (code === "INTERNAL" || response.status >= 500) return new HubError("fault", message, wait);
  // An answer of something between here and the hub: a page to sign in to a network, a proxy.
  if (!error) return new HubError("offline", text);
  return new HubError("refused", message);
}
