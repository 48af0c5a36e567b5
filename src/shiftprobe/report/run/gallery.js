"use strict";
// Without this file every image of a gallery is there, grouped by outcome; with it a cell shows its own, a few at first.
(() => {
  function start(block) {
    const cells = [...block.querySelectorAll(".cell")];
    const tiles = [...block.querySelectorAll(".outcome")];
    const status = block.querySelector(".status"), grouped = block.querySelector(".outcomes-all");
    const figures = [...block.querySelectorAll("figure")], few = Number(block.dataset.few);
    const [shown, more, others] = ["div", "button", "div"].map((name) => document.createElement(name));
    let waiting = [];
    shown.className = "figures";
    more.className = "more";
    more.type = "button";
    others.hidden = true;
    others.append(...figures);
    grouped.replaceWith(shown, more, others);
    for (const live of document.querySelectorAll("#images .scripted")) live.hidden = false;

    const reveal = () => {
      shown.append(...waiting.slice(0, few));
      waiting = waiting.slice(few);
      more.hidden = waiting.length === 0;
      more.textContent = `Show ${Math.min(few, waiting.length)} more of ${waiting.length}`;
    };

    const choose = (outcome) => {
      const mine = figures.filter((one) => one.dataset.outcomes.split(" ").includes(outcome));
      others.append(...figures);
      waiting = mine;
      reveal();
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
    more.addEventListener("click", reveal);
    for (const tile of tiles) tile.addEventListener("click", () => choose(tile.dataset.outcome));
    choose(block.dataset.first);
  }

  document.querySelectorAll("[data-gallery]").forEach(start);
})();
