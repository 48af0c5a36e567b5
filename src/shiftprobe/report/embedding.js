"use strict";
// The plane of points: layout, colour and doses are chosen here; without this file a still picture stands in its place.
(() => {
  const plane = document.querySelector(".plane");
  if (!plane) return;
  const canvas = plane.querySelector("canvas"), tip = plane.querySelector(".tip"), legend = plane.querySelector(".legend");
  const about = JSON.parse(plane.dataset.about);
  const read = (name) => {
    const bytes = Uint8Array.from(atob(plane.getAttribute(`data-${name}`)), (c) => c.charCodeAt(0));
    return new Uint16Array(bytes.buffer);
  };
  const points = {};
  for (const name of [...about.maps, "label", "domain", "image", ...about.arms.map((_, i) => `right-${i}`)]) points[name] = read(name);
  const n = points.label.length, FULL = 65535, SIDE = 440, EDGE = 12;
  const TONES = ["--arm0", "--arm1", "--arm3", "--arm4", "--arm6", "--arm5", "--arm7", "--worse"];
  const SHAPES = ["circle", "square", "up", "diamond", "down", "cross"];
  let chosen = null;

  const checked = (name) => plane.querySelector(`[name=${name}]:checked`);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const step = () => { const input = document.querySelector(".slider input"); return input ? Number(input.value) : -1; };
  const shift = (i) => about.domains[points.domain[i]].shift;

  function look(i, colour) {
    const domain = about.domains[points.domain[i]];
    if (colour === "domain") return ofDomain(domain);
    if (colour === "label") return domain.name === "source" && !about.classes[points.label[i]] ? faint("source") : ofClass(points.label[i]);
    const right = points[colour][i];
    return right === 0 ? faint("not known") : right === 1 ? { tone: css("--worse"), shape: "cross", word: "wrong" } : { tone: css("--arm0"), shape: "circle", word: "right" };
  }
  const faint = (word) => ({ tone: css("--zero"), shape: "circle", word });
  const ofDomain = (domain) => domain.shift < 0
    ? { tone: css(domain.name === "source" ? "--zero" : "--ink"), shape: domain.name === "source" ? "circle" : "square", word: domain.name }
    : { tone: css(TONES[domain.shift % TONES.length]), shape: SHAPES[(domain.shift + 2) % SHAPES.length], word: domain.name };
  const ofClass = (label) => ({ tone: css(TONES[label % TONES.length]), shape: SHAPES[label % SHAPES.length], word: about.classes[label] ?? `class ${label}` });

  function shown(i) {
    const domain = about.domains[points.domain[i]];
    const follow = plane.querySelector("[name=plane-follow]");
    return domain.shift < 0 || !follow || !follow.checked || step() <= 0 || domain.step === step();
  }

  function place(i, xy) {
    const room = SIDE - 2 * EDGE;
    return [EDGE + xy[2 * i] / FULL * room, SIDE - EDGE - xy[2 * i + 1] / FULL * room];
  }

  function mark(pen, shape, x, y, r) {
    pen.beginPath();
    if (shape === "circle") pen.arc(x, y, r, 0, 2 * Math.PI);
    else if (shape === "square") pen.rect(x - .85 * r, y - .85 * r, 1.7 * r, 1.7 * r);
    else if (shape === "cross") { pen.rect(x - r, y - .3 * r, 2 * r, .6 * r); pen.rect(x - .3 * r, y - r, .6 * r, 2 * r); }
    else {
      const corners = { up: [[0, -1.2], [1.1, .8], [-1.1, .8]], down: [[0, 1.2], [1.1, -.8], [-1.1, -.8]], diamond: [[0, -1.3], [1.2, 0], [0, 1.3], [-1.2, 0]] }[shape];
      corners.forEach(([dx, dy], k) => (k ? pen.lineTo(x + r * dx, y + r * dy) : pen.moveTo(x + r * dx, y + r * dy)));
      pen.closePath();
    }
    pen.fill();
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = SIDE * ratio;
    const pen = canvas.getContext("2d"), xy = points[(checked("plane-map") ?? { value: about.maps[0] }).value];
    const colour = checked("plane-colour").value, words = new Map();
    pen.scale(ratio, ratio);
    for (let i = 0; i < n; i++) {
      if (!shown(i)) continue;
      const one = look(i, colour), [x, y] = place(i, xy);
      if (!words.has(one.word)) words.set(one.word, one);
      pen.fillStyle = one.tone;
      pen.globalAlpha = chosen === null ? .75 : .15;
      mark(pen, one.shape, x, y, 2.3);
    }
    pen.globalAlpha = 1;
    if (chosen !== null) follow(pen, xy, colour);
    legend.replaceChildren(...[...words.values()].slice(0, 24).map(item));
  }

  function follow(pen, xy, colour) {
    const same = [];
    for (let i = 0; i < n; i++) if (points.image[i] === points.image[chosen] && (about.domains[points.domain[i]].name === "source") === (about.domains[points.domain[chosen]].name === "source")) same.push(i);
    const home = same.find((i) => about.domains[points.domain[i]].name === "clean");
    for (const i of same) {
      const one = look(i, colour), [x, y] = place(i, xy);
      if (home !== undefined && i !== home) {
        const [hx, hy] = place(home, xy);
        pen.strokeStyle = one.tone; pen.lineWidth = 1; pen.beginPath(); pen.moveTo(hx, hy); pen.lineTo(x, y); pen.stroke();
      }
      pen.fillStyle = one.tone;
      mark(pen, one.shape, x, y, 5);
    }
  }

  function item(one) {
    const li = document.createElement("li"), key = document.createElement("canvas");
    key.width = key.height = 32;
    const pen = key.getContext("2d");
    pen.fillStyle = one.tone;
    mark(pen, one.shape, 16, 16, 9);
    li.append(key, ` ${one.word}`);
    return li;
  }

  function nearest(event) {
    const box = canvas.getBoundingClientRect(), scale = SIDE / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    const xy = points[(checked("plane-map") ?? { value: about.maps[0] }).value];
    let best = null, least = 100;
    for (let i = 0; i < n; i++) {
      if (!shown(i)) continue;
      const [px, py] = place(i, xy), d = (px - x) ** 2 + (py - y) ** 2;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }

  function tell(event) {
    const i = nearest(event);
    tip.hidden = i === null;
    if (i === null) return;
    const said = about.arms.map((arm, k) => [arm, points[`right-${k}`][i]]).filter(([, right]) => right > 0).map(([arm, right]) => `${arm} ${right === 2 ? "right" : "wrong"}`);
    const name = about.classes[points.label[i]] ?? points.label[i];
    tip.textContent = [`${about.domains[points.domain[i]].name}, class ${name}, image ${points.image[i]}`, ...said].join(" · ");
    const box = canvas.getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX - box.left + 12, box.width - 150)}px`;
    tip.style.top = `${event.clientY - box.top + 14}px`;
  }

  plane.querySelector(".still").hidden = true;
  canvas.hidden = plane.querySelector(".controls").hidden = false;
  plane.addEventListener("change", draw);
  canvas.addEventListener("pointermove", tell);
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("click", (event) => { const i = nearest(event); chosen = i === chosen ? null : i; draw(); });
  canvas.addEventListener("keydown", (event) => { if (event.key === "Escape") { chosen = null; draw(); } });
  document.querySelector(".slider input")?.addEventListener("input", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
