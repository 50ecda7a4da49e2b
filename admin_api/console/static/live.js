// The live page: one stream of lines and fragments. Every line has its number, so nothing is shown twice and nothing is missed:
// after a loss the browser (or this script, when the server refused) goes on behind the last number.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live || !window.EventSource) return;
  const list = document.getElementById("events");
  const state = document.getElementById("link-state");
  const MOST = 200;
  let last = Number(live.dataset.seq), wait = 1000, source = null;

  const say = (text, tone) => { if (state.textContent !== text) { state.textContent = text; state.dataset.tone = tone; } };

  function open() {
    source = new EventSource(`${live.dataset.stream}?after=${last}`);
    source.onopen = () => { wait = 1000; say(live.dataset.connected, "ok"); };
    source.onerror = () => {
      say(live.dataset.lost, "warn");
      if (source.readyState !== EventSource.CLOSED) return;
      window.setTimeout(open, wait);
      wait = Math.min(wait * 2, 15000);
    };
    source.addEventListener("line", (event) => {
      const seq = Number(event.lastEventId);
      if (seq <= last) return;
      last = seq;
      if (!list) return;
      list.insertAdjacentHTML("afterbegin", event.data);
      list.firstElementChild.classList.add("fresh");
      while (list.childElementCount > MOST) list.lastElementChild.remove();
      const none = document.querySelector(".empty-lines");
      if (none) none.hidden = true;
    });
    source.addEventListener("fragment", (event) => {
      const piece = JSON.parse(event.data);
      const place = document.getElementById(piece.id);
      if (place) place.innerHTML = piece.html;
      if (piece.id === "banner") {
        const down = piece.html.trim() !== "";
        document.querySelectorAll(".open-form input[name=reason], .open-form button").forEach((part) => { part.disabled = down; });
      }
    });
  }
  open();
  window.addEventListener("pagehide", () => source && source.close());
})();
