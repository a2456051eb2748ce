// Follows changes: when the server says that something changed, this page is fetched again and its parts marked
// data-live are put in place of the old ones. Whoever types, ticks, reads or points there is asked first.
(() => {
  "use strict";
  const body = document.body;
  const sign = document.getElementById("live-sign");
  const bar = document.getElementById("live-bar");
  if (!sign || !bar || !body.dataset.since || !window.fetch || !window.DOMParser) return;

  const EVERY = 2000, LONGEST = 60000, PATIENCE = 8000; // milliseconds
  let since = Number(body.dataset.since); // what happened after this has not been seen
  let fresh = null; // the page as it is now, while somebody is busy with the old one
  let source = null, fetching = false, again = false, failures = 0, gone = false;
  const timers = {};

  const forget = (name) => { clearTimeout(timers[name]); timers[name] = 0; };
  const later = (name, what, wait) => {
    forget(name);
    timers[name] = setTimeout(() => { timers[name] = 0; what(); }, wait);
  };
  const unlessWaiting = (name, what, wait) => { if (!timers[name]) later(name, what, wait); };
  const backOff = () => Math.min(LONGEST, EVERY * 2 ** failures) * (0.75 + Math.random() / 2);
  const say = (on) => {
    sign.hidden = false;
    sign.className = on ? "live" : "live off";
    const words = on ? sign.dataset.on : sign.dataset.off;
    if (sign.textContent !== words) sign.textContent = words;
  };
  const leave = () => { // signed out, or no longer to be seen: only the page itself can say so
    gone = true;
    stop();
    say(false);
    bar.textContent = bar.dataset.gone;
    bar.hidden = false;
  };
  const stop = () => {
    if (source) source.close();
    source = null;
    Object.keys(timers).forEach(forget);
  };

  // What is on the page

  const parts = (root) => [...root.querySelectorAll("[data-live][id]")];
  const asText = (part) => { // what changes with every page and means nothing is left out
    const copy = part.cloneNode(true);
    copy.querySelectorAll("[name=once], [name=csrf], time").forEach((one) => one.remove());
    copy.querySelectorAll("details").forEach((one) => one.removeAttribute("open"));
    copy.querySelectorAll("[class]").forEach((one) => one.classList.remove("htmx-added", "htmx-settling"));
    return copy.innerHTML.replace(/\s+/g, " ");
  };
  const asMade = new WeakMap(); // which folds the server opened, how long its lists were
  const note = (part) => asMade.set(part, {
    open: [...part.querySelectorAll("details[open]")],
    rows: part.querySelectorAll("li").length,
  });
  const typed = (one) =>
    one.type === "checkbox" || one.type === "radio" ? one.checked !== one.defaultChecked
      : one.type === "file" ? one.value !== ""
        : one.options ? [...one.options].some((o) => o.selected !== o.defaultSelected) && one.selectedIndex > 0
          : one.type !== "hidden" && one.defaultValue !== undefined && one.value !== one.defaultValue;
  const busy = (part) => {
    const made = asMade.get(part);
    const chosen = getSelection();
    return (part.contains(document.activeElement) && part.querySelector("form") !== null)
      || [...part.querySelectorAll("input, select, textarea")].some(typed)
      || [...part.querySelectorAll("details[open]")].some((one) => !made.open.includes(one))
      || part.querySelectorAll("li").length > made.rows
      || part.querySelector("form button:hover") !== null
      || (!chosen.isCollapsed && part.contains(chosen.anchorNode));
  };

  const swap = (old, part) => {
    const held = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const sideways = old.scrollLeft;
    const seen = [...old.querySelectorAll("[id]")].find((one) => one.getBoundingClientRect().top >= 0);
    const top = seen ? seen.getBoundingClientRect().top : 0;
    const put = document.importNode(part, true);
    old.replaceWith(put);
    put.scrollLeft = sideways;
    const stays = seen && document.getElementById(seen.id);
    if (stays && window.scrollY > 0) window.scrollBy(0, stays.getBoundingClientRect().top - top);
    if (held) [...put.querySelectorAll("a")].filter((a) => a.getAttribute("href") === held).slice(0, 1).forEach((a) => a.focus());
    if (window.htmx) window.htmx.process(put);
    note(put);
  };

  const show = (asked) => {
    if (!fresh) return;
    let waiting = false, changed = false;
    for (const old of parts(document)) {
      const part = fresh.getElementById(old.id);
      if (!part) { waiting = true; continue; }
      if (asText(part) === asText(old)) continue;
      if (!asked && busy(old)) { waiting = true; continue; }
      swap(old, part);
      changed = true;
    }
    bar.hidden = !waiting;
    if (!waiting) fresh = null;
    if (changed) {
      const said = document.getElementById("live-said");
      said.textContent = "";
      later("say", () => { said.textContent = said.dataset.words; }, 50);
      later("unsay", () => { said.textContent = ""; }, 5000);
    }
  };
  const look = async () => {
    if (document.hidden || gone) return;
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch(location.href.split("#")[0], {
        headers: { "X-Live": "1" }, credentials: "same-origin", redirect: "manual", cache: "no-store",
      });
      if (answer.type === "opaqueredirect" || answer.status === 404 || answer.status === 403) {
        leave();
      } else if (answer.ok) {
        fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        since = Math.max(since, Number(fresh.body.dataset.since) || 0);
        failures = 0;
        show(false);
      } else throw new Error(answer.status);
    } catch (error) {
      failures += 1;
      say(false);
      later("look", look, backOff());
    }
    fetching = false;
    if (again) { again = false; later("look", look, 0); }
  };

  // How it hears of changes

  const ask = async () => {
    if (document.hidden || gone) return;
    try {
      const answer = await fetch("/live/mark", { headers: { "X-Live": "1" }, redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") { leave(); return; }
      if (!answer.ok) throw new Error(answer.status);
      const { mark } = await answer.json();
      failures = 0;
      say(true);
      if (mark > since) { since = mark; later("look", look, Math.random() * 500); }
    } catch (error) {
      failures += 1;
      say(false);
    }
    later("ask", ask, backOff());
  };
  const listen = () => {
    if (document.hidden || gone) return;
    if (!window.EventSource) { ask(); return; }
    later("ask", ask, PATIENCE); // until the first word: some networks hold streams back
    source = new EventSource(`/live?since=${since}`);
    source.addEventListener("here", () => { forget("ask"); failures = 0; say(true); });
    source.addEventListener("changed", (event) => { since = Math.max(since, Number(event.lastEventId) || 0); look(); });
    source.onerror = () => { // the browser tries again by itself, or has given up
      unlessWaiting("ask", ask, 2 * EVERY);
      if (source && source.readyState === EventSource.CLOSED) unlessWaiting("listen", () => { stop(); listen(); }, LONGEST);
    };
  };

  parts(document).forEach(note);
  bar.addEventListener("click", () => {
    if (gone || !fresh || parts(document).some((one) => !fresh.getElementById(one.id))) location.reload();
    else { show(true); document.getElementById("main").focus({ preventScroll: true }); }
  });
  ["focusout", "change", "toggle"].forEach((kind) =>
    document.addEventListener(kind, () => { if (fresh) later("show", () => show(false), 800); }, true));
  document.addEventListener("visibilitychange", () => { stop(); if (!document.hidden) listen(); });
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  listen();
})();
