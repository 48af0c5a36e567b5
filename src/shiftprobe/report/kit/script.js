"use strict";
// The page is whole without this file: it moves a line through the pictures, shows images larger, and sorts tables.
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];

  function startSlider() {
    const input = document.querySelector(".slider input");
    const doses = all(".doses i").map((one) => one.textContent);
    if (!input) { show(0); return; }
    document.querySelector(".live").hidden = false;
    const move = () => {
      document.querySelector(".slider output").textContent = doses[input.value];
      input.setAttribute("aria-valuetext", doses[input.value]);
      show(Number(input.value));
    };
    input.addEventListener("input", move);
    move();
  }

  function show(step) {
    for (const one of all(".step")) one.classList.toggle("off", Number(one.dataset.step) !== step);
    for (const cursor of all(".cursor")) {
      const x = cursor.dataset.xs.split(" ")[step];
      if (x === undefined) continue;
      for (const name of cursor.tagName === "line" ? ["x1", "x2"] : ["x"]) cursor.setAttribute(name, x);
    }
    for (const stage of all(".stage")) {
      const pictures = all(`image[data-step="${step}"]`, stage.parentElement);
      stage.replaceChildren(...pictures.map(enlarged));
      stage.hidden = pictures.length === 0;
    }
  }

  function enlarged(picture) {
    const image = new Image();
    image.src = picture.getAttribute("href");
    image.alt = picture.querySelector("title").textContent;
    image.classList.toggle("pixels", picture.getAttribute("image-rendering") === "pixelated");
    return image;
  }

  function startSorting(table) {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      const word = head.querySelector(".head");
      button.textContent = word.textContent;
      word.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        sort(table.tBodies[0], column, down ? -1 : 1);
      });
    });
  }

  function sort(body, column, sign) {
    const key = (row) => row.cells[column].dataset.sort;
    const compare = (a, b) => (isNaN(a) || isNaN(b) ? (a < b ? -1 : a > b ? 1 : 0) : a - b);
    const ordered = [...body.rows].sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      if (a === "" || b === "") return (a === "") - (b === ""); // a missing value stands last either way
      return sign * compare(a, b);
    });
    body.append(...ordered);
  }

  function startNav() {
    const links = all("nav a");
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links) {
          if (link.hash === `#${entry.target.id}`) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      }
    }, { rootMargin: "-25% 0px -70% 0px" });
    for (const section of all("section")) seen.observe(section);
  }

  function startKinds(section) {
    const choose = (button) => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of all(".numbered button", section)) other.setAttribute("aria-pressed", String(on && other === button));
      for (const chart of all(".chart", section)) chart.classList.toggle("choosing", on);
      for (const kind of all(".kind", section)) kind.classList.toggle("chosen", on && kind.dataset.kind === button.parentElement.dataset.kind);
    };
    for (const hint of all(".scripted", section)) hint.hidden = false;
    for (const item of all("[data-kind]", section).filter((one) => one.tagName === "LI")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...item.childNodes);
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => choose(button));
      item.append(button);
    }
  }

  function startDownloads(place) {
    if (!("DecompressionStream" in window)) return; // the sentence below says where the files lie
    place.hidden = false;
    for (const button of all("button", place)) button.addEventListener("click", () => download(button.dataset));
  }

  async function download({ download: name, packed }) {
    const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
    const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await new Response(opened).blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    const folds = all("details:not([open])").filter((one) => target && (one.contains(target) || one.parentElement === target));
    for (const one of folds) one.open = true;
    if (folds.length) target.scrollIntoView();
  }

  function startFolds(button) {
    const parts = all(".part > details");
    const closed = () => parts.some((one) => !one.open);
    const name = () => { button.textContent = closed() ? "Open all" : "Close all"; };
    button.hidden = false;
    button.addEventListener("click", () => {
      const open = closed();
      for (const one of open ? all(".part details") : parts) one.open = open;
    });
    for (const one of parts) one.addEventListener("toggle", name);
    name();
  }

  startSlider();
  all(".folds").forEach(startFolds);
  all("#kinds").forEach(startKinds);
  all("[data-sortable]").forEach(startSorting);
  all(".downloads").forEach(startDownloads);
  startNav();
  openTarget();
  addEventListener("hashchange", openTarget);
  addEventListener("beforeprint", () => { for (const one of all("details")) one.open = true; });
})();
