// The service worker: the app's own files, by version, and notifications. What the API answers is never in here.
// Before this text the server writes VERSION, and KEPT: the addresses of all files of this version.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = `hera-${VERSION}`;

// All files or none: a worker that cannot get all of its own is not installed, and the one of before goes on.
worker.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    try {
      await cache.addAll(KEPT.map(fresh));
    } catch (problem) {
      await caches.delete(CACHE);
      throw problem;
    }
  })());
});

/**
 * What names no version is asked for anew; all else the browser has just loaded.
 * @param {string} address
 */
function fresh(address) {
  return new Request(address, { cache: address.includes(VERSION) ? "default" : "no-cache", credentials: "omit" });
}

worker.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("hera-") && name !== CACHE) await caches.delete(name);
  })());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== worker.location.origin) return;
  const wanted = request.mode === "navigate" && address.pathname === "/app/" ? "/app/" : address.pathname;
  if (KEPT.includes(wanted)) event.respondWith(kept(wanted, request));
});

/** @param {string} wanted @param {Request} request */
async function kept(wanted, request) {
  const found = await caches.match(wanted, { cacheName: CACHE });
  if (found) return found;
  // The browser's storage was cleared: it fills again as she goes.
  const answer = await fetch(request);
  if (answer.ok) {
    const copy = answer.clone();
    caches.open(CACHE).then((cache) => cache.put(wanted, copy)).catch(() => {});
  }
  return answer;
}

worker.addEventListener("push", (event) => {
  /** @type {{title?: string, body?: string, tag?: string, url?: string}} */
  let said = {};
  try {
    said = event.data ? event.data.json() : {};
  } catch {
    said = {};
  }
  event.waitUntil(worker.registration.showNotification(said.title || "HERA", {
    body: said.body || "", tag: said.tag, data: { url: said.url || "/app/" }, icon: KEPT.find((one) => one.endsWith("icon-192.png")),
  }));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.url, worker.location.origin);
  // Only to pages of this origin, whatever a payload says.
  const url = address.origin === worker.location.origin ? address.href : "/app/";
  event.waitUntil((async () => {
    // Also one of the first visit, which no worker has yet.
    const open = (await worker.clients.matchAll({ type: "window", includeUncontrolled: true })).find((one) => new URL(one.url).pathname === "/app/");
    if (!open) {
      await worker.clients.openWindow(url);
      return;
    }
    await open.focus();
    open.postMessage({ url }); // it goes there itself, in the one entry that it has in the browser's history
  })());
});
