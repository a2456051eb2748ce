// The lead's phone in a village hall: the code that rotates, and names to tick, with or without network. What was ticked
// stays in this phone, signed and with its time, until the server has it.
"use strict";
(() => {
  const box = document.getElementById("sign");
  const data = JSON.parse(box.dataset.page);
  const say = box.dataset;
  const find = (id) => document.getElementById(id);
  const RELOAD = 20000, EVERY = 15000, MOST = 200, JUMP = 2000; // milliseconds; ticks of one call
  if (!window.isSecureContext || !window.crypto || !crypto.subtle) { // no https: as without JavaScript, but anew by itself
    find("sign-state").textContent = say.insecure;
    setInterval(() => { if (!/INPUT|SELECT/.test(document.activeElement.tagName)) location.reload(); }, RELOAD);
    return;
  }

  // What is kept in this phone, for this person

  const store = `sign-${data.activity}-${data.me}`;
  const held = JSON.parse(localStorage.getItem(store) || '{"queue": [], "refused": []}');
  const save = () => localStorage.setItem(store, JSON.stringify(held));
  const ofOthers = () => Object.keys(localStorage)
    .filter((key) => key.startsWith(`sign-${data.activity}-`) && key !== store)
    .reduce((sum, key) => sum + JSON.parse(localStorage.getItem(key)).queue.length, 0);

  // The time: the phone's clock, set right by the server's, also when somebody moves it meanwhile

  let offset = Number(localStorage.getItem("sign-clock")) || 0;
  let beat = { wall: Date.now(), run: performance.now() };
  let slept = false; // a phone that sleeps stops the second clock
  const setRight = (by) => { offset = by; localStorage.setItem("sign-clock", String(Math.round(offset))); };
  const look = () => {
    const now = { wall: Date.now(), run: performance.now() };
    const jump = now.wall - beat.wall - (now.run - beat.run);
    if (Math.abs(jump) > JUMP && (!slept || jump < 0)) setRight(offset - jump);
    beat = now;
    slept = document.hidden;
  };
  const clock = () => { look(); return Math.round(Date.now() + offset); };
  const spoken = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  // Keys

  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const key = (hex) => crypto.subtle.importKey("raw", bytes(hex), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = async (made, text) => {
    const signed = await crypto.subtle.sign("HMAC", await made, new TextEncoder().encode(text));
    return [...new Uint8Array(signed)].map((one) => one.toString(16).padStart(2, "0")).join("");
  };
  const codes = key(data.codes), signs = key(data.signs);

  // The code

  const canvas = find("qr-live");
  let shown = 0;
  const draw = async () => {
    const step = Math.floor(clock() / 1000 / data.step);
    if (step === shown || !data.open) return;
    shown = step;
    const rows = window.qrOf(data.base + (await mac(codes, String(step))).slice(0, 10));
    if (!rows) return;
    const scale = 8, quiet = 4;
    canvas.width = canvas.height = (rows.length + 2 * quiet) * scale;
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.fillStyle = "#000";
    rows.forEach((row, r) => row.forEach((on, c) => { if (on) paper.fillRect((c + quiet) * scale, (r + quiet) * scale, scale, scale); }));
    canvas.hidden = false;
    find("qr-still").hidden = true;
  };

  // The names

  const list = find("names-list");
  let people = data.people;
  const isAsked = (who) => held.queue.filter((one) => one.who === who);
  const stateOf = (one) => {
    let { came, left } = one;
    const waiting = isAsked(one.who);
    waiting.forEach((tick) => {
      if (tick.what === "undo") came = left = null;
      else if (tick.what === "in") came = came ? Math.min(came, tick.millis) : tick.millis;
      else { left = Math.max(left || 0, tick.millis); came = came || left; }
    });
    return { came, left, waiting: waiting.length > 0 };
  };
  const time = (millis) => spoken.format(millis);
  const line = (one) => {
    let item = list.querySelector(`[data-who="${CSS.escape(one.who)}"]`);
    if (!item) {
      item = find("name-line").content.firstElementChild.cloneNode(true);
      item.dataset.who = one.who;
      item.querySelector(".name").textContent = one.name || data.known[one.who] || one.who;
      item.querySelector(".no").textContent = one.who;
      item.querySelector("[name=person]").value = one.who;
      list.append(item);
    }
    return item;
  };
  const render = () => {
    const unknown = held.queue.filter((tick) => !people.some((one) => one.who === tick.who));
    const all = [...people, ...unknown.map((tick) => ({ who: tick.who, came: null, left: null }))];
    let there = 0;
    all.forEach((one) => {
      const now = stateOf(one), item = line(one);
      there += now.came ? 1 : 0;
      item.classList.toggle("there", Boolean(now.came));
      item.querySelector(".when").textContent = now.left ? `${time(now.came)}–${time(now.left)}` : now.came ? time(now.came) : say.absent;
      item.querySelector(".waits").hidden = !now.waiting;
      item.querySelector(".doubt").hidden = !one.doubtful;
      item.querySelector("[value=in]").hidden = Boolean(now.came);
      item.querySelector("[value=out]").hidden = !now.came;
      item.querySelector("[value=undo]").hidden = !now.came;
    });
    find("there").textContent = String(there);
    find("listed").textContent = String(all.length);
    const refused = find("refused");
    refused.hidden = !held.refused.length;
    refused.querySelector("ul").replaceChildren(...held.refused.map((one) => {
      const item = document.createElement("li");
      item.textContent = `${time(one.millis)} ${one.name || one.who} · ${one.words}`;
      return item;
    }));
    const others = ofOthers();
    find("of-others").hidden = !others;
    find("of-others").textContent = say.others.replace("{n}", others);
  };
  const tell = (state) => {
    box.dataset.state = state;
    find("sign-state").textContent = say[state].replace("{n}", held.queue.length);
    find("sign-state").classList.toggle("off", state !== "online");
    find("sign-in-again").hidden = state !== "out";
  };

  // Ticking, and telling the server

  const tick = async (who, what) => {
    const millis = clock();
    if (what === "undo") {
      held.queue = held.queue.filter((one) => one.who !== who);
      if (!people.some((one) => one.who === who && one.came)) { save(); render(); sync(); return; }
    }
    const signature = await mac(signs, `${data.activity}|${who}|${what}|${millis}`);
    held.queue.push({ who, what, millis, phone: data.phone, signature });
    save();
    render();
    sync();
  };
  let busy = false, again = false;
  const csrf = () => box.querySelector("[name=csrf]").value;
  const renewed = async () => { // signed in anew in another tab: the forms of this page carry an old key
    const answer = await fetch(location.pathname, { redirect: "manual", cache: "no-store" });
    if (!answer.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#sign [name=csrf]");
    if (!fresh || fresh.value === csrf()) return false;
    document.querySelectorAll("#sign [name=csrf]").forEach((one) => { one.value = fresh.value; });
    find("name-line").content.querySelector("[name=csrf]").value = fresh.value;
    return true;
  };
  const sync = async (second) => {
    if (busy) { again = true; return; }
    busy = true;
    const sent = held.queue.slice(0, MOST);
    try {
      const answer = await fetch(`/activities/${data.activity}/sync`, {
        method: "POST", redirect: "manual", cache: "no-store", headers: sent.length ? {} : { "X-Live": "1" },
        body: new URLSearchParams({
          csrf: csrf(), now: clock(),
          ticks: JSON.stringify(sent.map(({ who, what, millis, phone, signature }) => ({ who, what, millis, phone, signature }))),
        }),
      });
      if (answer.type === "opaqueredirect" || answer.status === 401) tell("out");
      else if (answer.status === 403 && !second && (await renewed())) { busy = false; sync(true); return; }
      else if (answer.status === 403 || answer.status === 404) tell("out");
      else if (!answer.ok) throw new Error(String(answer.status));
      else {
        const told = await answer.json();
        look();
        setRight(told.now - Date.now());
        people = told.people;
        data.open = told.open;
        told.told.forEach((one) => {
          const mine = held.queue.find((tick) => tick.signature === one.signature);
          held.queue = held.queue.filter((tick) => tick !== mine);
          if (mine && !["done", "there"].includes(one.outcome)) {
            held.refused.push({ who: one.who, name: one.name, millis: mine.millis, words: one.words });
          }
        });
        save();
        render();
        tell(told.open ? (held.queue.length ? "waiting" : "online") : "over");
        if (held.queue.length && told.told.length) again = true;
      }
    } catch (error) {
      tell("offline");
    }
    busy = false;
    if (again) { again = false; sync(); }
  };

  box.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-tick]")) return;
    event.preventDefault();
    const person = form.querySelector("[name=person]");
    const who = person.value.trim();
    if (!who) { person.focus(); return; }
    tick(who, event.submitter ? event.submitter.value : "in");
    if (person.type !== "hidden") person.value = "";
  });
  find("refused").querySelector("button").addEventListener("click", () => { held.refused = []; save(); render(); });
  document.addEventListener("visibilitychange", () => { look(); if (document.hidden) slept = true; else sync(); });
  window.addEventListener("online", () => sync());
  window.addEventListener("offline", () => tell("offline"));
  setInterval(() => { draw(); }, 1000);
  setInterval(() => { if (!document.hidden || held.queue.length) sync(); }, EVERY);

  // This page for later, without network

  const keep = async () => {
    if (!("serviceWorker" in navigator) || !data.open) return;
    const there = await navigator.serviceWorker.register("/sign-worker.js", { scope: location.pathname });
    const worker = there.active || (await new Promise((ready) => {
      const coming = there.installing || there.waiting;
      coming.addEventListener("statechange", () => { if (coming.state === "activated") ready(coming); });
    }));
    const drawn = document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img[src^='/']");
    const urls = [...new Set([...drawn].map((one) => one.src || one.href))];
    const answer = new MessageChannel();
    answer.port1.onmessage = (event) => {
      if (!event.data) return;
      find("sign-kept").textContent = say.kept;
      box.dataset.ready = "true";
    };
    worker.postMessage({ keep: urls }, [answer.port2]);
  };
  render();
  draw();
  sync();
  keep().catch(() => {});
})();
