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
      sound(list.firstElementChild);
      while (list.childElementCount > MOST) list.lastElementChild.remove();
      const none = document.querySelector(".empty-lines");
      if (none) none.hidden = true;
    });
    source.addEventListener("fragment", (event) => {
      const piece = JSON.parse(event.data);
      const place = document.getElementById(piece.id);
      if (place) put(place, piece.html);
      if (piece.id === "banner") {
        const down = piece.html.trim() !== "";
        document.querySelectorAll(".act-form input[name=reason], .act-form button, .helps button").forEach((part) => { part.disabled = down; });
      }
    });
  }

  // What somebody is typing into is not replaced under their hands; it is when they are done.
  const kept = new Map();
  const typing = (place) => place.contains(document.activeElement) && document.activeElement.matches("input:not([type=hidden])");
  function put(place, html) {
    if (typing(place)) { kept.set(place, html); return; }
    kept.delete(place);
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus();
    if (window.htmx) window.htmx.process(place);
  }
  document.addEventListener("focusout", () => window.setTimeout(() => kept.forEach((html, place) => put(place, html)), 0));

  // A short tone for a refusal, a longer one for an alarm; off until somebody turns it on, and remembered on this device.
  const button = document.getElementById("sound");
  let sounding = localStorage.getItem("sound") === "on", audio = null;
  function showSound() {
    button.setAttribute("aria-pressed", String(sounding));
    button.querySelector("span").textContent = sounding ? button.dataset.on : button.dataset.off;
  }
  function toggleSound() {
    sounding = !sounding;
    localStorage.setItem("sound", sounding ? "on" : "off");
    showSound();
    if (sounding) tone(880, 0.12);
  }
  function tone(pitch, seconds) {
    audio = audio || new AudioContext();
    const wave = audio.createOscillator(), loud = audio.createGain();
    wave.frequency.value = pitch;
    loud.gain.setValueAtTime(0.15, audio.currentTime);
    loud.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + seconds);
    wave.connect(loud).connect(audio.destination);
    wave.start();
    wave.stop(audio.currentTime + seconds);
  }
  function sound(line) {
    if (!sounding) return;
    if (line.classList.contains("alarm")) tone(440, 0.9);
    else if (line.classList.contains("no")) tone(660, 0.25);
  }
  button.addEventListener("click", toggleSound);
  showSound();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    if (event.key === "s") toggleSound();
    else if (event.key === "a") { const alert = document.querySelector("#alerts details"); if (alert) { alert.open = true; event.preventDefault(); } }
    else if (event.key >= "1" && event.key <= "9") {
      const opener = document.querySelectorAll(".door")[Number(event.key) - 1]?.querySelector("details.opener");
      if (opener) { opener.open = true; opener.scrollIntoView({ block: "center" }); event.preventDefault(); }
    }
  });
  open();
  window.addEventListener("pagehide", () => source && source.close());
})();
