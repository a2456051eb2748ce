// Nobody is signed in here: sign-in pages of activities that were kept for use without network go.
"use strict";
if (window.caches) {
  caches.keys().then((names) => names.filter((name) => name.startsWith("sign-")).forEach((name) => caches.delete(name)));
}
