import { HubError } from "../shared/failure";

/** Takes a part of the app that comes after the gate. A line that is cut before says what it says of the hub. */
export async function afterGate<Part>(take: () => Promise<Part>): Promise<Part> {
  try {
    return await take();
  } catch (error) {
    throw new HubError("offline", String(error));
  }
}
