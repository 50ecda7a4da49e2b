// The grid of cameras: each picture is asked for again a second after it came; one that does not come is asked for less often.
"use strict";
document.querySelectorAll("img[data-camera]").forEach((image) => {
  const none = image.parentElement.querySelector(".no-picture");
  let wait = 1000;
  const again = () => {
    if (document.hidden) { window.setTimeout(again, 1000); return; }
    image.src = `${image.dataset.camera}?${Date.now()}`;
  };
  const show = (there) => { none.hidden = there; image.classList.toggle("away", !there); };
  image.addEventListener("load", () => { wait = 1000; show(true); window.setTimeout(again, wait); });
  image.addEventListener("error", () => { wait = Math.min(wait * 2, 15000); show(false); window.setTimeout(again, wait); });
  if (image.complete && image.naturalWidth) window.setTimeout(again, wait);
  else if (image.complete) { show(false); window.setTimeout(again, wait); }
});
