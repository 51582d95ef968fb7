// Keeps the on-site form on the device: its page and the files that it needs, nothing else.
// The checks and what is recorded lie in IndexedDB (js/onsite/store.js).
"use strict";
const CACHE = "onsite-{{ version }}";
const PAGE = "{{ page|escapejs }}";
const ASSETS = [{% for asset in assets %}"{{ asset|escapejs }}", {% endfor %}];
const PATIENCE = 4000; // milliseconds for the page over a bad line, before the kept one is shown

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([PAGE, ...ASSETS]);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("onsite-") && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

async function page(request) {
  const kept = await caches.match(PAGE);
  try {
    const signal = kept ? AbortSignal.timeout(PATIENCE) : undefined;
    const fresh = await fetch(request, { signal });
    if (fresh.ok && !fresh.redirected && new URL(request.url).pathname === PAGE) {
      const cache = await caches.open(CACHE);
      await cache.put(PAGE, fresh.clone());
    }
    // A fault of the server must not take the form away from somebody in the field.
    return fresh.status >= 500 && kept ? kept : fresh;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (ASSETS.includes(path)) {
    event.respondWith(caches.match(path).then((kept) => kept || fetch(request)));
  }
});
