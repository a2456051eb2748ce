// Keeps one page for a village hall without network: the sign-in page of an activity, and what it is drawn with. It
// covers that address alone, keeps only what the server marked for this person, and lets go of it when somebody else is
// signed in, nobody is, or its time is over.
"use strict";
const HERE = new URL(self.registration.scope).pathname;
const PATIENCE = 5000; // milliseconds for a network that says it is there

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const cacheOf = (owner) => `sign-${owner}`;
const isPage = (request) => {
  const url = new URL(request.url);
  return request.method === "GET" && url.origin === location.origin && url.pathname === HERE && !url.search;
};
const isAsset = (request) => {
  const url = new URL(request.url);
  return request.method === "GET" && url.origin === location.origin && url.pathname.startsWith("/static/");
};
const others = async (owner) => {
  const names = (await caches.keys()).filter((name) => name.startsWith("sign-") && name !== cacheOf(owner));
  await Promise.all(names.map((name) => caches.delete(name)));
};
const forget = async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith("sign-")) await (await caches.open(name)).delete(HERE);
  }
};
const keepPage = async (answer) => {
  const owner = answer.headers.get("X-Sign-Page");
  if (!answer.ok || answer.redirected || !owner) {
    await forget();
    return false;
  }
  await others(owner);
  await (await caches.open(cacheOf(owner))).put(HERE, answer);
  return true;
};
const kept = async () => {
  const held = await caches.match(HERE);
  if (!held) return null;
  if (Number(held.headers.get("X-Sign-Until")) > Date.now()) return held;
  await forget();
  return null;
};
const open = async (request) => {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  try {
    const answer = await fetch(request, { signal: late.signal });
    if (answer.status < 500) await keepPage(answer.clone());
    return answer;
  } catch (error) {
    const held = await kept();
    if (held) return held;
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

self.addEventListener("fetch", (event) => {
  if (isPage(event.request) && event.request.mode === "navigate") event.respondWith(open(event.request));
  else if (isAsset(event.request)) {
    event.respondWith(caches.match(event.request).then((held) => held || fetch(event.request)));
  }
});

// The page says what it is drawn with; the answer is whether everything is here now.
self.addEventListener("message", (event) => {
  const keep = async () => {
    const answer = await fetch(HERE, { credentials: "same-origin", redirect: "manual" });
    const owner = answer.headers.get("X-Sign-Page");
    if (!(await keepPage(answer))) return false;
    await (await caches.open(cacheOf(owner))).addAll(event.data.keep.filter((url) => isAsset(new Request(url))));
    return true;
  };
  event.waitUntil(keep().catch(() => false).then((ready) => event.ports[0].postMessage(ready)));
});
