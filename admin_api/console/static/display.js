// The display at a gate: what the stream says is shown, and nothing that is old. Every piece carries the desk's time; the least that the
// tablet's clock was ever off by on this connection is how far the two differ, and what comes later than that is so much old.
"use strict";
(() => {
  const stage = document.getElementById("stage");
  if (!stage || !window.EventSource) return;
  const answer = document.getElementById("answer"), idle = document.getElementById("idle"), unheard = document.getElementById("unheard");
  const OLD_MS = 4000, SILENT_MS = 4000, DAY_MS = 86400000;
  const began = Date.now();
  let last = Number(stage.dataset.seq), source = null, wait = 1000, least = Infinity, heard = Date.now(), over = 0;

  function connected(yes) {
    if (unheard.hidden === yes) return;
    unheard.hidden = yes;
    unheard.querySelector("span").textContent = yes ? "" : unheard.dataset.says;
    stage.classList.toggle("stale", !yes);
    if (!yes) clear();
  }

  function clear() {
    window.clearTimeout(over);
    answer.hidden = true;
    answer.replaceChildren();
  }

  function stand() {
    window.clearTimeout(over);
    answer.hidden = false;
    over = window.setTimeout(clear, Number(answer.firstElementChild.dataset.seconds) * 1000);
  }

  // A piece that lay in a line which was cut, or in a tablet that slept, is thrown away; so is the connection, and the next one begins afresh.
  function fresh(event) {
    const piece = JSON.parse(event.data), off = Date.now() - piece.at;
    least = Math.min(least, off);
    if (off - least > OLD_MS) { again(); return null; }
    if (event.lastEventId) last = Number(event.lastEventId);
    heard = Date.now();
    connected(true);
    return piece;
  }

  function open() {
    least = Infinity;
    source = new EventSource(`${stage.dataset.stream}?after=${last}`);
    source.addEventListener("tick", fresh);
    source.addEventListener("idle", (event) => { const piece = fresh(event); if (piece) idle.innerHTML = piece.html; });
    source.addEventListener("answer", (event) => {
      const seq = Number(event.lastEventId), known = last, piece = fresh(event);
      if (!piece || seq <= known) return;
      answer.innerHTML = piece.html;
      stand();
    });
    source.addEventListener("gone", () => { source.close(); renew(); });
    source.onopen = () => { wait = 1000; };
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) renew(); };
  }

  function again() {
    source.close();
    connected(false);
    window.setTimeout(open, 0);
  }

  // The page itself again, but only when there is one: a tablet that loads a page which does not answer stays there for ever.
  async function renew() {
    const page = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (page && (page.ok || page.status === 401)) { location.reload(); return; }
    connected(false);
    window.setTimeout(renew, wait);
    wait = Math.min(wait * 2, 15000);
  }

  window.setInterval(() => {
    if (Date.now() - heard > SILENT_MS) connected(false);
    if (Date.now() - began > DAY_MS && answer.hidden && source.readyState === EventSource.OPEN) { source.close(); renew(); }
  }, 1000);

  async function stayAwake() {
    if (!navigator.wakeLock || document.visibilityState !== "visible") return;
    await navigator.wakeLock.request("screen").catch(() => null); // a low battery may say no: then the tablet's own settings count
  }
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  if (!answer.hidden) stand();
  open();
  window.addEventListener("pagehide", () => source.close());
})();
