"use strict";
// One image, wherever it stands: chosen in the plane it is marked in the gallery and in the table of classes, and a
// picture of the gallery is found in the plane. Without this file each of them stands for itself.
(() => {
  const plane = document.querySelector(".plane[data-images]");
  if (!plane) return;
  const known = new Set(JSON.parse(plane.dataset.images));
  const figures = [...document.querySelectorAll("#images figure[data-image]")];
  const rows = [...document.querySelectorAll("#classes tbody tr")];

  function linked(target, words) {
    const link = document.createElement("a");
    link.href = `#${target.id}`;
    link.textContent = words;
    link.addEventListener("click", () => show(target));
    return link;
  }

  function show(target) {
    const block = target.closest("[data-gallery]");
    if (block && target.closest("[hidden]")) block.querySelector(`.cell[data-outcome="${target.dataset.outcomes.split(" ")[0]}"]`).click();
    const more = block?.querySelector(".more");
    while (more && !more.hidden && target.closest("[hidden]")) more.click();
    for (let one = target.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    target.scrollIntoView({ block: "center" });
  }

  document.addEventListener("followed", ({ detail }) => {
    const mine = figures.filter((one) => detail.image !== null && Number(one.dataset.image) === detail.image);
    const classes = rows.filter((row) => detail.label !== null && row.cells[0].dataset.sort === detail.label);
    for (const one of figures) one.classList.toggle("linked", mine.includes(one));
    for (const row of rows) row.classList.toggle("linked", classes.includes(row));
    if (detail.image === null && detail.label === null) return;
    const line = document.createElement("p");
    if (classes.length) classes[0].id = "class-followed";
    for (const row of rows) if (row !== classes[0] && row.id === "class-followed") row.removeAttribute("id");
    if (mine.length) line.append(linked(mine[0], "What each arm called it"));
    else line.append("Not among the images of the gallery");
    if (classes.length) line.append(" · ", linked(classes[0], "Its class in the table"));
    detail.place.append(line);
  });

  for (const figure of figures.filter((one) => known.has(Number(one.dataset.image)))) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Find in the map";
    button.setAttribute("aria-label", `Find image ${figure.dataset.image} in the map`);
    button.addEventListener("click", () => {
      plane.closest("details").open = true;
      document.dispatchEvent(new CustomEvent("follow", { detail: { image: Number(figure.dataset.image) } }));
      plane.scrollIntoView({ block: "center" });
      plane.querySelector("canvas").focus({ preventScroll: true });
    });
    figure.append(button);
  }
})();
