"use strict";
// Without this file every image of a gallery is there, grouped by outcome; with it a cell shows its own.
(() => {
  function start(block) {
    const cells = [...block.querySelectorAll(".cell")];
    const tiles = [...block.querySelectorAll(".outcome")];
    const status = block.querySelector(".status");
    for (const live of document.querySelectorAll("#images .scripted")) live.hidden = false;

    const choose = (outcome) => {
      for (const figure of block.querySelectorAll("figure")) {
        figure.hidden = !figure.dataset.outcomes.split(" ").includes(outcome);
      }
      for (const head of block.querySelectorAll(".outcomes")) head.hidden = true;
      for (const cell of cells) {
        const chosen = cell.dataset.outcome === outcome;
        cell.setAttribute("aria-pressed", String(chosen));
        if (chosen) status.textContent = cell.dataset.status;
      }
      for (const tile of tiles) tile.classList.toggle("chosen", tile.dataset.outcome === outcome);
    };

    for (const cell of cells) {
      cell.setAttribute("role", "button");
      cell.addEventListener("click", (event) => { event.preventDefault(); choose(cell.dataset.outcome); });
      cell.addEventListener("keydown", (event) => {
        if (event.key === " ") { event.preventDefault(); choose(cell.dataset.outcome); }
      });
    }
    for (const tile of tiles) tile.addEventListener("click", () => choose(tile.dataset.outcome));
    choose(block.dataset.first);
  }

  document.querySelectorAll("[data-gallery]").forEach(start);
})();
