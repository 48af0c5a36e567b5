"use strict";
// The plane of points: layout, colour, doses and one image are chosen here; without this file a still picture stands
// in its place. Whoever else shows images hears of the chosen one by the event "followed".
(() => {
  const plane = document.querySelector(".plane");
  if (!plane) return;
  const canvas = plane.querySelector("canvas"), tip = plane.querySelector(".tip"), legend = plane.querySelector(".legend");
  const ring = plane.querySelector(".ring"), followed = plane.querySelector(".followed");
  const about = JSON.parse(plane.dataset.about);
  const read = (name) => {
    const bytes = Uint8Array.from(atob(plane.getAttribute(`data-${name}`)), (c) => c.charCodeAt(0));
    return new Uint16Array(bytes.buffer);
  };
  const points = {};
  const pictures = plane.dataset.pictures.split(" ");
  for (const name of [...about.maps, "label", "domain", "image", "picture", ...about.arms.map((_, i) => `right-${i}`)]) points[name] = read(name);
  const n = points.label.length, FULL = 65535, SIDE = 440, EDGE = 12;
  const TONES = ["--arm0", "--arm1", "--arm3", "--arm4", "--arm6", "--arm5", "--arm7", "--worse"];
  const SHAPES = ["circle", "square", "up", "diamond", "down", "cross"];
  let chosen = null, pointed = null;

  const checked = (name) => plane.querySelector(`[name=${name}]:checked`);
  let tones = new Map(); // of this drawing: asking the style sheet for every point would take most of the time
  const css = (name) => {
    if (!tones.has(name)) tones.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    return tones.get(name);
  };
  const slider = document.querySelector(".slider input"), following = plane.querySelector("[name=plane-follow]");
  const step = () => (slider ? Number(slider.value) : -1);
  const domainOf = (i) => about.domains[points.domain[i]];
  const classOf = (i) => about.classes[points.label[i]] ?? String(points.label[i]);
  const layout = () => points[(checked("plane-map") ?? { value: about.maps[0] }).value];
  const ofGallery = (i) => (domainOf(i).name === "clean" ? document.querySelector(`#images figure[data-image="${points.image[i]}"] img`)?.src ?? "" : "");
  const picture = (i) => (points.picture[i] ? `data:image/webp;base64,${pictures[points.picture[i] - 1]}` : ofGallery(i));
  const same = (i) => Array.from(points.image.keys()).filter((k) => points.image[k] === points.image[i] && (domainOf(k).name === "source") === (domainOf(i).name === "source"));

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
    return domain.shift < 0 || !following || !following.checked || step() <= 0 || domain.step === step();
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
    tones = new Map();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = SIDE * ratio;
    const pen = canvas.getContext("2d"), xy = layout();
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
    point(null);
  }

  function follow(pen, xy, colour) {
    const all = same(chosen), home = all.find((i) => domainOf(i).name === "clean");
    for (const i of all) {
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
    const box = canvas.getBoundingClientRect(), scale = SIDE / box.width, xy = layout();
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    let best = null, least = Infinity;
    for (let i = 0; i < n; i++) {
      if (!shown(i)) continue;
      const [px, py] = place(i, xy), d = (px - x) ** 2 + (py - y) ** 2;
      if (d > 100) continue;
      const cost = d + (points.picture[i] ? 0 : 100); // of the marks under the pointer one with a picture
      if (cost < least) { least = cost; best = i; }
    }
    return best;
  }

  function towards(dx, dy) {
    const xy = layout(), [x, y] = pointed === null ? [SIDE / 2, SIDE / 2] : place(pointed, xy);
    let best = pointed, least = Infinity;
    for (let i = 0; i < n; i++) {
      if (!shown(i) || i === pointed) continue;
      const [px, py] = place(i, xy), ahead = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy + (py - y) * dx);
      if (pointed !== null && (ahead <= 0 || aside > ahead)) continue;
      const cost = (pointed === null ? Math.hypot(px - x, py - y) : ahead + 2 * aside) + (points.picture[i] ? 0 : 12);
      if (cost < least) { least = cost; best = i; }
    }
    return best;
  }

  const said = (i) => about.arms.map((arm, k) => [arm, points[`right-${k}`][i]]).filter(([, right]) => right > 0).map(([arm, right]) => `${arm} ${right === 2 ? "right" : "wrong"}`);

  function point(i) {
    pointed = i;
    tip.hidden = ring.hidden = i === null;
    if (i === null) return;
    const [image, text] = tip.children, uri = picture(i);
    image.hidden = !uri;
    if (uri) image.src = uri; else image.removeAttribute("src");
    text.textContent = [`${domainOf(i).name}, class ${classOf(i)}, image ${points.image[i]}`, ...said(i)].join(" · ");
    const box = canvas.getBoundingClientRect(), [x, y] = place(i, layout()).map((at) => at / SIDE * box.width);
    ring.style.left = `${x}px`; ring.style.top = `${y}px`;
    tip.style.left = `${Math.max(0, Math.min(x + 12, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${y + 14}px`;
  }

  function choose(i) {
    chosen = i === null || (chosen !== null && same(chosen).includes(i)) ? null : i;
    draw();
    point(i);
    tell();
    const source = chosen !== null && domainOf(chosen).name === "source";
    const detail = chosen === null ? { image: null, label: null } : { image: source ? null : points.image[chosen], label: source && !about.classes[points.label[chosen]] ? null : classOf(chosen) };
    document.dispatchEvent(new CustomEvent("followed", { detail: { ...detail, place: followed } }));
  }

  function tell() {
    followed.hidden = chosen === null;
    if (chosen === null) { followed.replaceChildren(); return; }
    const head = document.createElement("p"), strip = document.createElement("div");
    head.textContent = `Image ${points.image[chosen]} of ${domainOf(chosen).name === "source" ? "the source" : "the target"}, class ${classOf(chosen)}`;
    strip.className = "doses-of";
    strip.append(...same(chosen).map((i) => {
      const figure = document.createElement("figure"), words = document.createElement("figcaption"), uri = picture(i);
      const name = document.createElement("b");
      if (uri) { const image = new Image(); image.src = uri; image.alt = `the image, ${domainOf(i).name}`; figure.append(image); }
      name.textContent = domainOf(i).name;
      words.append(name, ...said(i).map((line) => { const one = document.createElement("span"); one.textContent = line; return one; }));
      figure.append(words);
      return figure;
    }));
    followed.replaceChildren(head, strip);
  }

  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  plane.querySelector(".still").hidden = true;
  canvas.hidden = plane.querySelector(".controls").hidden = false;
  plane.addEventListener("change", draw);
  canvas.addEventListener("pointermove", (event) => point(nearest(event)));
  canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") point(null); });
  canvas.addEventListener("blur", () => point(null));
  canvas.addEventListener("click", (event) => choose(nearest(event)));
  canvas.addEventListener("focus", () => { if (chosen !== null && canvas.matches(":focus-visible")) point(chosen); });
  canvas.addEventListener("keydown", (event) => {
    if (event.key in ways) point(towards(...ways[event.key]));
    else if (event.key === "Enter" || event.key === " ") { if (pointed !== null) choose(pointed); }
    else if (event.key === "Escape") choose(null);
    else return;
    event.preventDefault();
  });
  document.addEventListener("follow", ({ detail }) => {
    const found = Array.from(points.image.keys()).filter((i) => points.image[i] === detail.image && domainOf(i).name !== "source");
    if (found.length && (chosen === null || !same(chosen).includes(found[0]))) choose(found[0]);
  });
  slider?.addEventListener("input", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
  plane.dataset.images = JSON.stringify([...new Set(Array.from(points.image.keys()).filter((i) => domainOf(i).name !== "source").map((i) => points.image[i]))]);
})();
