// The page: reads the pass from the address behind # (which no browser sends) or from the saved copy, and draws its code.
"use strict";
(() => {
  const pristine = document.documentElement.cloneNode(true); // before anything is drawn: what a saved copy is made of
  const LATE_MS = 30000;
  const at = (id) => document.getElementById(id);
  const language = navigator.languages.map((tag) => tag.split("-")[0].toLowerCase()).find((tag) => tag in words) || "en";
  const says = words[language];

  function speak() {
    document.documentElement.lang = language;
    document.querySelectorAll("[data-says]").forEach((part) => { part.textContent = says[part.dataset.says]; });
    document.querySelectorAll("[data-label]").forEach((part) => part.setAttribute("aria-label", says[part.dataset.label]));
  }

  function whatWasGiven() {
    const kept = document.querySelector('meta[name="kept"]').content;
    const given = kept ? JSON.parse(kept) : Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const text = (name, longest) => String(given[name] || "").slice(0, longest);
    const secret = text("secret", 200);
    const letters = `[${code.ALPHABET}]`;
    const right = new RegExp(`^${letters}{8,20}$`).test(given.number) && new RegExp(`^${letters}{32}$`).test(secret);
    return right ? { number: given.number, secret, label: text("label", 80), site: text("site", 80), saved: Boolean(kept) } : null;
  }

  function draw(text) {
    const qr = qrcode(0, "M");
    qr.addData(text, "Alphanumeric");
    qr.make();
    const size = qr.getModuleCount(), quiet = 4;
    let path = "";
    for (let row = 0; row < size; row += 1) {
      for (let from = 0; from < size; from += 1) {
        let to = from;
        while (to < size && qr.isDark(row, to)) to += 1;
        if (to > from) path += `M${from + quiet} ${row + quiet}h${to - from}v1h${from - to}z`;
        from = to;
      }
    }
    at("qr").setAttribute("viewBox", `0 0 ${size + 2 * quiet} ${size + 2 * quiet}`);
    at("modules").setAttribute("d", path);
  }

  // The house that served this page wrote its time into it. Only a page fresh from there says how far this clock is off; one out
  // of the browser's store would blame a phone for its own age, and a saved copy has nobody to ask.
  function clockIsOffBy() {
    const served = Number(document.documentElement.dataset.served);
    const loaded = performance.getEntriesByType("navigation")[0];
    return served && loaded && loaded.transferSize > 0 ? performance.timeOrigin + loaded.responseStart - served : 0;
  }

  function sayIfClockIsWrong() {
    const off = clockIsOffBy();
    if (Math.abs(off) <= LATE_MS) return;
    const seconds = Math.round(Math.abs(off) / 1000), minutes = Math.round(seconds / 60), hours = Math.round(minutes / 60);
    const [far, unit] = seconds < 90 ? [seconds, "second"] : minutes < 90 ? [minutes, "minute"] : hours < 48 ? [hours, "hour"] : [Math.round(hours / 24), "day"];
    const said = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(far);
    at("clock").textContent = says[off > 0 ? "ahead" : "behind"].replace("{far}", said);
    at("clock").hidden = false;
  }

  function keepACopy(pass) {
    const copy = pristine.cloneNode(true);
    const { saved, ...kept } = pass;
    copy.removeAttribute("data-served");
    copy.querySelector('meta[name="kept"]').setAttribute("content", JSON.stringify(kept));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`<!doctype html>\n${copy.outerHTML}`], { type: "text/html" }));
    link.download = `${(pass.label || pass.site || "pass").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "pass"}.html`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    at("keep").textContent = says.kept;
  }

  async function stayAwake() {
    if (!navigator.wakeLock || document.visibilityState !== "visible") return;
    try { await navigator.wakeLock.request("screen"); } catch { /* a low battery may say no: the code works all the same */ }
  }

  function show() {
    const pass = whatWasGiven();
    at("pass").hidden = !pass;
    at("missing").hidden = Boolean(pass);
    if (!pass) return () => {};
    document.title = pass.label || says.pass;
    at("site").textContent = pass.site;
    at("label").textContent = pass.label || says.pass;
    at("copy").hidden = pass.saved;
    at("keep").onclick = () => keepACopy(pass);
    const secret = code.fromBase32(pass.secret);
    let drawn = -1;
    return () => {
      const now = Date.now(), slice = code.sliceOf(now), left = code.SLICE_MS - (now % code.SLICE_MS);
      if (slice !== drawn) {
        drawn = slice;
        draw(code.make(pass.number, secret, slice));
      }
      at("ring").style.strokeDashoffset = String(100 - left / (code.SLICE_MS / 100));
      at("left").textContent = String(Math.ceil(left / 1000));
    };
  }

  speak();
  let tick = show();
  tick();
  setInterval(() => tick(), 250);
  sayIfClockIsWrong();
  stayAwake();
  window.addEventListener("hashchange", () => { tick = show(); tick(); });
  document.addEventListener("visibilitychange", () => { tick(); stayAwake(); });
})();
