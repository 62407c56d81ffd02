// What the modules of the app find in a browser, and not in Node.

import "fake-indexeddb/auto";

const kept = new Map<string, string>();
globalThis.localStorage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
} as Storage;
globalThis.document = { documentElement: {}, addEventListener() {} } as unknown as Document;
globalThis.addEventListener = () => {};
globalThis.navigator ??= {} as Navigator;
