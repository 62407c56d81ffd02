import { failed, HubError } from "../../shared/failure";
import type { Bytes } from "../device/store";
import type { Photo } from "../forms/visit";
import type { Begun } from "./uploader";

/** Silence for so long is no connection: a minute, in which the slowest lines take a piece. */
const PATIENCE = 60_000;

/**
 * Begins an upload (tus 1.0.0). The hub finds one that was begun by its digest, and tells how far it
 * is, so there is no other way to go on with one, even where its address was never heard.
 */
export async function begin(token: string, { sha256, size }: Photo): Promise<Begun> {
  const headers = { "upload-length": String(size), "upload-metadata": `sha256 ${btoa(sha256)}` };
  const response = await asked("/uploads", token, { method: "POST", headers });
  const id = response.headers.get("location")?.split("/").at(-1);
  if (!id) throw new HubError("fault", "an upload without an address");
  return { id, offset: offsetOf(response) };
}

/** Adds a piece behind what came. */
export async function add(token: string, { id, offset }: Begun, piece: Bytes): Promise<number> {
  const headers = { "upload-offset": String(offset), "content-type": "application/offset+octet-stream" };
  return offsetOf(await asked(`/uploads/${id}`, token, { method: "PATCH", headers, body: piece }));
}

function offsetOf(response: Response): number {
  const offset = Number(response.headers.get("upload-offset") ?? Number.NaN);
  if (!Number.isSafeInteger(offset)) throw new HubError("fault", "an upload without an offset");
  return offset;
}

async function asked(
  path: string,
  token: string,
  { headers, ...init }: RequestInit & { headers: Record<string, string> },
): Promise<Response> {
  const all = { ...headers, authorization: `Bearer ${token}`, "tus-resumable": "1.0.0" };
  const signal = AbortSignal.timeout(PATIENCE);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: all, credentials: "omit", signal });
  } catch (error) {
    throw new HubError("offline", String(error));
  }
  if (response.ok) return response;
  const told = (await response.json().catch(() => ({}))) as { errors?: Parameters<typeof failed>[0][] };
  // Another number of bytes came, or nothing is left of it: what is there is asked anew, later.
  if (response.status === 404 || response.status === 409) throw new HubError("busy", response.statusText);
  throw failed(told.errors?.[0], response, response.statusText);
}
