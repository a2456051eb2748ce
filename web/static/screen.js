// The lobby screen: follows changes, keeps its clock, and begins anew every night. It stands open for weeks and nobody
// is there to help it: it asks again after every failure, says what hour its figures are of when they are old, waits
// for nobody who does not answer, and never leaves a page that works for one that may not.
(() => {
  "use strict";
  const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE;
  const PATIENCE = 20 * SECOND, OLD = 3 * MINUTE, STEADY = 5 * MINUTE;
  const sign = document.getElementById("live-sign"), clock = document.getElementById("clock"), day = document.getElementById("day");
  const words = (settings) => new Intl.DateTimeFormat(document.documentElement.lang, { ...settings, timeZone: "UTC" });
  const date = words({ month: "long", day: "numeric" }), weekday = words({ weekday: "long" });
  const nightly = 3 * HOUR + Math.random() * HOUR; // after three in the morning, not all in one instant
  const running = () => performance.now(); // whoever puts this machine's clock right does not disturb it
  let made = 0, asOf = 0, heard = 0; // by the server's clock: this page, its figures; by ours: when it came
  let failures = 0, steady = 0, fetching = null, again = false, source = null, later = 0;

  const serverNow = () => made + running() - heard;
  const inShanghai = (at) => new Date(at + 8 * HOUR);
  const two = (n) => String(n).padStart(2, "0");
  const hour = (at) => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  const put = (one, text) => { if (one.textContent !== text) one.textContent = text; };
  const files = (root) => [...root.querySelectorAll("link[rel=stylesheet], script[src]")].map((one) => one.getAttribute("href") || one.getAttribute("src")).join();
  const note = (body) => {
    const at = Number(body.dataset.since);
    if (!at || body.className.split(" ")[0] !== "screen") throw new Error("not the screen"); // a network's sign-in page, say
    [made, asOf, heard] = [at, Number(body.dataset.asOf) || at, running()];
  };

  const say = () => {
    const old = serverNow() - asOf > OLD;
    document.body.classList.toggle("stale", old);
    sign.hidden = false;
    sign.className = failures || old ? "live off" : "live";
    const told = inShanghai(asOf), of = date.format(told), when = of === date.format(inShanghai(serverNow())) ? hour(told) : `${of} ${hour(told)}`;
    put(sign, old ? sign.dataset.old.replace("{when}", when) : failures ? sign.dataset.off : sign.dataset.on);
    const lamp = document.getElementById("lamp");
    if (old && lamp.classList.contains("lit")) { // it was 'just now' when we last heard
      lamp.classList.remove("lit");
      put(lamp.querySelector("h1"), lamp.dataset.dark);
    }
  };
  const swap = (fresh) => {
    for (const old of document.querySelectorAll("[data-live][id]")) {
      const part = fresh.getElementById(old.id);
      if (part && part.outerHTML !== old.outerHTML) old.replaceWith(document.importNode(part, true));
    }
  };
  const anew = (fresh) => { // after a night, and when the house was done up; not while things come and go
    if (running() - steady < STEADY) return;
    const now = inShanghai(serverNow()), past = now.getUTCHours() * HOUR + now.getUTCMinutes() * MINUTE;
    if (files(fresh) !== files(document) || (running() > 5 * HOUR && past > nightly && past < 5 * HOUR)) location.reload();
  };
  const look = async () => {
    if (fetching) { again = true; return; }
    const asked = fetching = new AbortController(), enough = setTimeout(() => asked.abort(), PATIENCE);
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: asked.signal });
      if (!answer.ok) throw new Error(answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      note(fresh.body);
      swap(fresh);
      if (failures) { listen(); steady = running(); } // the old line may be dead without knowing it
      failures = 0;
      anew(fresh);
    } catch (error) {
      failures += 1;
    }
    clearTimeout(enough);
    fetching = null;
    tick();
    if (again) { again = false; look(); }
  };
  const listen = () => {
    if (!window.EventSource) return;
    clearTimeout(later);
    if (source) source.close();
    const line = source = new EventSource(`/screen/live?since=${made}`);
    line.addEventListener("changed", look);
    line.onerror = () => {
      if (line.readyState === EventSource.CLOSED && line === source) later = setTimeout(listen, MINUTE * (0.5 + Math.random()));
    };
  };

  const tick = () => {
    const now = inShanghai(serverNow()), minutes = Math.floor(serverNow() / MINUTE);
    put(clock, hour(now));
    put(day, `${date.format(now)} ${weekday.format(now)}`);
    document.body.dataset.drift = Math.floor(minutes / 4) % 8; // nothing stands still on the glass
    document.body.dataset.side = Math.floor(minutes / 32) % 2;
    say();
  };
  let rounds = 0;
  setInterval(() => {
    tick();
    rounds += 1;
    const live = source && source.readyState === EventSource.OPEN && failures === 0;
    if (rounds % (live ? 30 : Math.min(30, 5 * 2 ** failures)) === 0) look(); // every 30 s; soon when nothing tells us
  }, SECOND);
  note(document.body);
  tick();
  listen();
  look();
})();
