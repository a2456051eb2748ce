// Shows what was pushed, and leads to the page where the query code is typed.
"use strict";
self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const shown = { body: told.body || "", icon: "/static/now/lamp.svg", data: told.url || "/r" };
  event.waitUntil(self.registration.showNotification(told.title || "点亮", shown));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data));
});
