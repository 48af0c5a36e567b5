"use strict";
// How strongly the maps cover the images; without this file they cover them by four fifths.
(() => {
  const box = document.querySelector(".veiling");
  if (!box) return;
  box.hidden = false;
  box.querySelector("input").addEventListener("input", (event) => {
    document.documentElement.style.setProperty("--veil", event.target.value / 100);
  });
})();
