// Small comforts; every page works without them.
"use strict";
document.documentElement.classList.add("script");
document.addEventListener("DOMContentLoaded", () => {
  // On a phone the tabs may be wider than the screen: the one that is open is to be seen.
  document.querySelectorAll(".tabs [aria-current]").forEach((tab) => { tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 48; });
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.submit();
  if (event.target.matches("[data-photo]") && event.target.files[0]) sendPhoto(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-into]")) document.getElementById(event.target.dataset.into).value = event.target.value;
});
document.addEventListener("submit", (event) => {
  // A form goes once: a second click while it is on its way does nothing.
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  window.setTimeout(() => delete form.dataset.sent, 6000);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches("details.opener[open]")) event.target.querySelector("input:not([type=hidden])").focus();
}, true);
// Menus: one at a time, and away with Escape or a click beside them.
const menus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("toggle", (event) => {
  if (event.target.matches("details.menu[open]")) menus().forEach((menu) => { if (menu !== event.target) menu.open = false; });
}, true);
document.addEventListener("click", (event) => menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
document.addEventListener("keydown", (event) => {
  const free = !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.matches("input, select, textarea");
  if (free && event.key === "/") {
    event.preventDefault();
    (document.getElementById("q") || document.getElementById("find-all"))?.focus();
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "k") { event.preventDefault(); document.getElementById("find-all")?.focus(); }
  if (free && event.key === "?") showKeys();
  if (event.key === "Escape") document.querySelectorAll("details.opener[open]").forEach((opener) => { opener.open = false; opener.querySelector("summary").focus(); });
  if (event.key === "Escape") menus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});
// The box over everything: what it found is away with Escape or a click beside it, and the arrows go through it.
document.addEventListener("keydown", (event) => {
  const box = event.target.closest(".find-all");
  if (!box) return;
  const places = [box.querySelector("input"), ...box.querySelectorAll(".hits a")], at = places.indexOf(event.target);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (to !== undefined && places[to]) { event.preventDefault(); places[to].focus(); }
  if (event.key === "Escape") { document.getElementById("found-anywhere").replaceChildren(); places[0].focus(); }
});
document.addEventListener("click", (event) => { if (!event.target.closest(".find-all")) document.getElementById("found-anywhere")?.replaceChildren(); });
document.addEventListener("input", (event) => { if (event.target.id === "find-all" && event.target.value.trim().length < 2) document.getElementById("found-anywhere").replaceChildren(); });
function showKeys() { const keys = document.getElementById("keys"); if (keys && !keys.open) keys.showModal(); }
document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) showKeys(); });
// Choosing many: the bar shows while somebody is chosen.
document.addEventListener("change", (event) => {
  const bar = document.getElementById("bulk");
  if (!bar || !event.target.matches("[data-all], [name=id][form=bulk], #bulk [name=all]")) return;
  const ticks = [...document.querySelectorAll("[name=id][form=bulk]")];
  if (event.target.matches("[data-all]")) ticks.forEach((tick) => { tick.checked = event.target.checked; });
  const chosen = ticks.filter((tick) => tick.checked).length, count = bar.querySelector(".bulk-count");
  count.textContent = chosen === 1 ? count.dataset.one : count.dataset.many.replace("#", chosen);
  bar.hidden = !chosen && !bar.elements.all.checked;
});
// htmx takes leave of every element of the rows that go, one by one, which holds a slow tablet up while somebody types: nothing in them needs it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, shouldSwap } = event.detail;
  if (shouldSwap && target.id === "results" && !target.contains(document.activeElement)) target.replaceChildren();
});
document.addEventListener("htmx:afterSwap", (event) => {
  const status = document.getElementById("list-status"), count = document.querySelector("#results .count");
  if (event.target.id === "results" && status && count) status.textContent = count.textContent;
});
// The address follows what is searched for, in a task of its own; hx-push-url would do it before the swap and copy the whole page first.
document.addEventListener("htmx:afterSwap", (event) => {
  const { requestConfig, pathInfo } = event.detail;
  if (requestConfig?.elt.id !== "filters") return;
  window.setTimeout(() => {
    if (!history.state?.htmx) history.replaceState({ htmx: true }, "");  // by this htmx knows what it has to bring back
    history.pushState({ htmx: true }, "", pathInfo.finalRequestPath);
  }, 0);
});
// A field changed in place: the cursor goes into its form and back to its pencil; Escape leaves it as it was.
let changedIn = "";
document.addEventListener("htmx:afterSettle", (event) => {  // not before: Escape needs the link to be wired
  const place = document.getElementById(event.detail.target?.id || "");
  if (!place || !place.matches(".shown")) return;
  const form = place.querySelector("form[data-inline]"), input = form && (form.querySelector("[aria-invalid]") || form.querySelector("input:not([type=hidden]), select, textarea"));
  if (input) { changedIn = place.id; input.focus(); } else if (changedIn === place.id) place.querySelector(".pencil")?.focus();
});
document.addEventListener("keydown", (event) => {
  const form = event.key === "Escape" && event.target.closest("form[data-inline]");
  if (form) form.querySelector("[data-cancel]").click();
});
document.addEventListener("keydown", (event) => {
  // Enter in the name of a new group makes the group, and does not send the form around it.
  const button = event.key === "Enter" && event.target.matches("#f-new-group") && event.target.parentElement.querySelector("button");
  if (button) { event.preventDefault(); button.click(); }
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-show-pass]")) document.getElementById("pass").showModal(); });
document.addEventListener("htmx:beforeRequest", () => { document.getElementById("toast").textContent = ""; });
document.addEventListener("htmx:sendError", () => {
  toast(document.documentElement.dataset.noAnswer);
});
const wrong = document.querySelector(".field.wrong input, .field.wrong select, .field.wrong textarea") || document.querySelector(".problem[tabindex]");
if (wrong) wrong.focus();
function toast(text) {
  const place = document.getElementById("toast"), p = document.createElement("p");
  p.className = "problem";
  p.textContent = text;
  place.replaceChildren(p);
}
async function sendPhoto(input) {
  try {
    const answer = await fetch(input.dataset.photo, { method: "PUT", body: input.files[0], headers: { "X-CSRF-Token": input.dataset.csrf } });
    if (answer.ok) return window.location.reload();
    toast((await answer.json()).detail);
  } catch { toast(document.documentElement.dataset.noAnswer); }
  input.value = "";
}
// A file to bring in: chosen or dropped, looked at for its size before it goes, sent with a bar that says how far it is.
document.addEventListener("dragover", (event) => {
  const place = event.target.closest("[data-drop]");
  if (place) { event.preventDefault(); place.classList.add("over"); }
});
document.addEventListener("dragleave", (event) => event.target.closest("[data-drop]")?.classList.remove("over"));
document.addEventListener("drop", (event) => {
  const place = event.target.closest("[data-drop]");
  if (!place) return;
  event.preventDefault();
  place.classList.remove("over");
  const input = place.querySelector("input[type=file]");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-drop] input[type=file]")) fileFits(event.target.form);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-upload]")) return;
  event.preventDefault();
  if (fileFits(event.target)) sendFile(event.target);
});
function fileFits(form) {
  const file = form.elements.file.files[0], large = Boolean(file) && file.size > Number(form.dataset.largest), error = form.querySelector("#error-file");
  error.hidden = !large;
  error.querySelector("span").textContent = large ? form.dataset.tooLarge : "";
  form.querySelector("[data-drop]").classList.toggle("wrong", large);
  return Boolean(file) && !large;
}
function sendFile(form) {
  const request = new XMLHttpRequest(), place = form.querySelector(".sending"), bar = place.querySelector("progress"), button = form.querySelector("button.primary");
  const over = () => { place.hidden = true; button.disabled = false; };
  place.hidden = false;
  button.disabled = true;
  request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
  request.upload.addEventListener("load", () => { const says = place.querySelector("p"); says.textContent = says.dataset.sent; bar.removeAttribute("value"); });
  request.addEventListener("load", () => {
    if (request.responseURL && new URL(request.responseURL).pathname !== new URL(form.action).pathname) return window.location.assign(request.responseURL);
    const main = new DOMParser().parseFromString(request.responseText, "text/html").getElementById("main");
    if (main) document.getElementById("main").replaceWith(main); else over();
    document.querySelector(".wrong input, .problem[tabindex]")?.focus();
  });
  request.addEventListener("error", () => { over(); toast(document.documentElement.dataset.noAnswer); });
  request.open("POST", form.action);
  request.send(new FormData(form));
}
// A guest's pass: the quick picks fill in from and until, and the text goes to the clipboard.
document.addEventListener("click", (event) => {
  const pick = event.target.closest("button[data-since]");
  if (pick) {
    event.preventDefault();
    for (const [name, value] of [["valid_from", pick.dataset.since], ["valid_to", pick.dataset.until]]) pick.form.elements[name].value = value;
  }
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  const text = document.querySelector(copy.dataset.copy);
  text.select();
  if (navigator.clipboard) navigator.clipboard.writeText(text.value); else document.execCommand("copy"); // without HTTPS there is no clipboard
  copy.textContent = copy.dataset.copied;
});
// Rows of a form: as the last one is begun, there is one more.
document.addEventListener("input", (event) => {
  const row = event.target.closest("[data-rows] tr:last-child"), body = row && row.parentElement;
  if (!row || body.rows.length >= Number(body.dataset.rows)) return;
  const more = row.cloneNode(true);
  more.querySelectorAll("input").forEach((input) => { input.value = ""; input.removeAttribute("aria-invalid"); });
  body.append(more);
});
