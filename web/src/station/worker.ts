/**
 * Keeps the app on the device, so that it opens without a signal. It keeps nothing of the record:
 * that is sealed in the database of the app, and this worker has no key to it.
 */

// What the app is made of, and a mark that changes with any of it; written here by the build.
declare const SHELL: { mark: string; files: string[] };

const worker = self as unknown as ServiceWorkerGlobalScope;

const PAGE = "/station/";
/** The page as it is kept: without what a new device shows until the app is there. */
const KEPT = "/station/kept.html";
const CACHE = `station-${SHELL.mark}`;

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([KEPT, ...SHELL.files])));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const isPage = request.mode === "navigate" && url.pathname.startsWith(PAGE);
  if (isPage) event.respondWith(kept(KEPT, request));
  else if (SHELL.files.includes(url.pathname)) event.respondWith(kept(url.pathname, request));
});

// There is a signal again: whoever has the app open and unlocked sends what waits.
worker.addEventListener("sync", (event) => {
  const woken = event as ExtendableEvent;
  woken.waitUntil(
    worker.clients.matchAll({ type: "window" }).then((windows) => {
      for (const window of windows) window.postMessage("send");
    }),
  );
});

async function kept(name: string, request: Request): Promise<Response> {
  const found = await caches.match(name, { cacheName: CACHE });
  return found ?? fetch(request);
}

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}
