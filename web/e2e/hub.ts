import { createHash, randomUUID } from "node:crypto";

export const STATION = "S410802001";

/** The hub as another client sees it. */
export class Hub {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  static ofTests(): Hub {
    return new Hub(process.env.HUB_URL ?? "", process.env.HUB_TOKEN ?? "");
  }

  /** The same hub, for another account. */
  as(token: string): Hub {
    return new Hub(this.url, token);
  }

  async ready() {
    for (let tries = 0; tries < 150; tries++) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("the hub did not start within 15 s");
  }

  async ask<Data>(query: string, variables: object = {}): Promise<Data> {
    const answer = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await answer.json()) as { data: Data; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** Hands contents in; all are to be stored. */
  async store(contents: object[], ids: string[] = contents.map(() => randomUUID())) {
    const items = contents.map((content, i) => ({ id: ids[i], station: STATION, content }));
    const handIn = `mutation ($items: [SubmissionInput!]!) {
      submit(items: $items) { receipts { status problems { code path message } } } }`;
    const { submit } = await this.ask<{ submit: { receipts: { status: string }[] } }>(handIn, { items });
    const wrong = submit.receipts.filter(({ status }) => status !== "STORED");
    if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  }

  /** The ids of what was refused and is not mended, as the hub lists them. */
  async refusals(): Promise<string[]> {
    type Answer = { refusals: { nodes: { submissionId: string }[] } };
    const { refusals } = await this.ask<Answer>("{ refusals(first: 200) { nodes { submissionId } } }");
    return refusals.nodes.map(({ submissionId }) => submissionId);
  }

  /** Uploads a photo whole, to be hung on a visit by its id. */
  async photo(picture: Uint8Array<ArrayBuffer>): Promise<string> {
    const digest = createHash("sha256").update(picture).digest("hex");
    const headers = { authorization: `Bearer ${this.token}`, "tus-resumable": "1.0.0" };
    const begun = await fetch(`${this.url}/uploads`, {
      method: "POST",
      headers: {
        ...headers,
        "upload-length": String(picture.length),
        "upload-metadata": `sha256 ${Buffer.from(digest).toString("base64")}`,
      },
    });
    const place = begun.headers.get("location") ?? "";
    const sent = await fetch(new URL(place, this.url), {
      method: "PATCH",
      headers: { ...headers, "upload-offset": "0", "content-type": "application/offset+octet-stream" },
      body: picture,
    });
    if (!sent.ok) throw new Error(`${begun.status} ${sent.status} ${await sent.text()}`);
    return place.split("/").at(-1) ?? "";
  }

  /** What was seen at the visits to someone, as the record has it. */
  async visitsTo(name: string): Promise<string[]> {
    const query = `query ($name: String!) {
      persons(filter: { namePrefix: $name }) { nodes { visits(first: 50) { nodes { living } } } } }`;
    type Answer = { persons: { nodes: { visits: { nodes: { living: string }[] } }[] } };
    const { persons } = await this.ask<Answer>(query, { name });
    return persons.nodes.flatMap(({ visits }) => visits.nodes.map(({ living }) => living));
  }
}
