// Offers to be told in this browser, where it can: not in WeChat, whose browser takes no push messages.
"use strict";
(() => {
  const box = document.getElementById("push");
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!box || !can || /MicroMessenger/i.test(navigator.userAgent)) return;
  const [button, wrong] = [box.querySelector("button"), box.querySelector(".wrong")];
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (one) => one.charCodeAt(0));
  };
  const subscribe = async () => {
    if ((await Notification.requestPermission()) !== "granted") throw new Error("not granted");
    const worker = await navigator.serviceWorker.register("/push-worker.js");
    await navigator.serviceWorker.ready;
    const key = bytes(box.dataset.key);
    const held = await worker.pushManager.getSubscription();
    const given = held || (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
    const body = new URLSearchParams({ subscription: JSON.stringify(given) });
    const answer = await fetch(box.dataset.to, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    location.assign(answer.url);
  };
  button.addEventListener("click", () => {
    button.disabled = true;
    wrong.hidden = true;
    subscribe().catch(() => {
      button.disabled = false;
      wrong.hidden = false;
    });
  });
  box.hidden = false;
})();
