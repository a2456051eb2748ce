// The lobby screen: follows changes, keeps its clock, and begins anew every night. It stands open for weeks and nobody
// is there to help it: it asks again after every failure, and never leaves a page that works for one that may not.
(() => {
  "use strict";
  const sign = document.getElementById("live-sign"), clock = document.getElementById("clock");
  const MINUTE = 60000, HOUR = 60 * MINUTE;
  const ahead = Number(document.body.dataset.since) - Date.now(); // this machine's clock may be wrong
  const begun = Date.now();
  const nightly = 3 * HOUR + Math.random() * HOUR; // after three in the morning, not all in one instant
  let since = Number(document.body.dataset.since), failures = 0, fetching = false, again = false, source = null;

  const inShanghai = () => new Date(Date.now() + ahead + 8 * HOUR);
  const two = (n) => String(n).padStart(2, "0");
  const say = (on) => {
    sign.hidden = false;
    sign.className = on ? "live" : "live off";
    sign.textContent = on ? sign.dataset.on : sign.dataset.off;
  };

  const look = async () => {
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of document.querySelectorAll("[data-live][id]")) {
        const part = fresh.getElementById(old.id);
        if (part && part.outerHTML !== old.outerHTML) old.replaceWith(document.importNode(part, true));
      }
      since = Math.max(since, Number(fresh.body.dataset.since) || 0);
      failures = 0;
      say(true);
      const night = inShanghai();
      if (Date.now() - begun > 5 * HOUR && night.getUTCHours() * HOUR + night.getUTCMinutes() * MINUTE > nightly && night.getUTCHours() < 5) location.reload();
    } catch (error) {
      failures += 1;
      say(false);
    }
    fetching = false;
    if (again) { again = false; look(); }
  };
  const listen = () => {
    if (!window.EventSource) return;
    source = new EventSource(`/screen/live?since=${since}`);
    source.addEventListener("changed", look);
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(listen, MINUTE * (0.5 + Math.random()));
    };
  };

  const tick = () => {
    const now = inShanghai();
    clock.textContent = `${two(now.getUTCHours())}:${two(now.getUTCMinutes())}`;
  };
  let rounds = 0;
  setInterval(() => {
    tick();
    rounds += 1;
    const live = source && source.readyState === EventSource.OPEN && failures === 0;
    if (rounds % (live ? 30 : Math.min(30, 5 * 2 ** failures)) === 0) look(); // every 30 s; soon when nothing tells us
  }, 1000);
  tick();
  listen();
  look();
})();
