// Keeps the gate page itself, so that it opens without a network. Data are the page's own business (store.js).
const VERSION = "gate-{version}"; // of all files together: another one is another worker, which fetches them anew
const FILES = ["../gate", {files}];

self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const drop = (names) => names.filter((name) => name.startsWith("gate-") && name !== VERSION).map((name) => caches.delete(name));
  event.waitUntil(caches.keys().then((names) => Promise.all(drop(names))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  const ours = FILES.some((file) => new URL(file, self.location).pathname === pathname);
  if (event.request.method !== "GET" || !ours) return;
  event.respondWith(caches.open(VERSION).then(async (cache) => (await cache.match(pathname)) ?? fetch(event.request)));
});
