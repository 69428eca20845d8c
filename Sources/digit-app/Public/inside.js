// Feature maps of each layer, and what mattered.

import { blank, bytes, diverging, glow, painted } from "./paint.js";

// What changes nothing while reading has nothing to show.
const idle = /^(InputLayer|Dropout|SpatialDropout.*|Gaussian.*|Flatten|Reshape|Identity)$/;

export class Inside {
  constructor({ layers, heat, note, enlarged }) {
    Object.assign(this, { layers, heat, note, enlarged });
    this.placeholder = [...layers.childNodes];
    this.open = new Set();
    layers.addEventListener("keydown", (event) => walk(event));
  }

  empty() {
    this.layers.replaceChildren(...this.placeholder);
    blank(this.heat);
    this.heat.setAttribute("aria-label", "Heat map: nothing read yet");
    this.note.textContent = "What mattered for the answer.";
  }

  show(digit) {
    const layers = digit.layers.filter((layer) => !idle.test(layer.className));
    this.layers.replaceChildren(...layers.map((layer) => this.#layer(layer)));
    this.#showHeat(digit);
  }

  #layer(layer) {
    const section = document.createElement("section");
    section.className = "layer";
    const title = document.createElement("h3");
    title.append(...layer.name.split("_").flatMap((part, index) => (index ? ["_", document.createElement("wbr"), part] : [part])));
    const note = document.createElement("span");
    // Most names only repeat the class.
    const repeats = layer.name.replaceAll("_", "").startsWith(layer.className.toLowerCase());
    note.textContent = `${repeats ? "" : `${layer.className} `}${layer.shape.join(" × ")}`;
    title.append(note);
    const maps = document.createElement("div");
    maps.className = "maps";
    maps.setAttribute("role", "group");
    maps.setAttribute("aria-label", `${layer.name}: ${layer.maps.count} ${layer.maps.count === 1 ? "strip" : "maps"}, arrows walk`);
    const data = bytes(layer.maps);
    maps.append(...Array.from({ length: layer.maps.count }, (_, index) => this.#map(layer, data, index)));
    section.append(title, maps);
    if (layer.maps.count > 1) section.append(this.#opener(layer, section));
    return section;
  }

  // One row of maps, or all of them.
  #opener(layer, section) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "more";
    const update = () => {
      const isOpen = this.open.has(layer.name);
      section.classList.toggle("open", isOpen);
      button.textContent = isOpen ? "one row" : `all ${layer.maps.count}`;
      button.setAttribute("aria-expanded", String(isOpen));
    };
    button.addEventListener("click", () => {
      this.open.has(layer.name) ? this.open.delete(layer.name) : this.open.add(layer.name);
      update();
    });
    update();
    return button;
  }

  #map(layer, data, index) {
    const { width, height } = layer.maps;
    const picture = { width, height };
    const one = data.subarray(index * width * height, (index + 1) * width * height);
    const button = document.createElement("button");
    button.type = "button";
    button.className = height === 1 ? "strip-map" : "";
    button.tabIndex = index === 0 ? 0 : -1;
    const name = layer.maps.count === 1 ? layer.name : `${layer.name}, map ${index + 1} of ${layer.maps.count}`;
    button.setAttribute("aria-label", `${name}: enlarge`);
    button.append(painted(picture, glow, one));
    button.addEventListener("click", () => {
      this.#enlarge(name, painted(picture, glow, one),
        `${width} × ${height} values, from ${short(layer.maps.minimum)} (dark) to ${short(layer.maps.maximum)} (light).`);
    });
    return button;
  }

  #enlarge(name, image, note) {
    const canvas = this.enlarged.querySelector("canvas");
    this.enlarged.querySelector("h2").textContent = name;
    this.enlarged.querySelector("p").textContent = note;
    const scale = Math.max(1, Math.floor(420 / image.width));
    canvas.width = image.width * scale;
    canvas.height = Math.max(image.height * scale, image.height === 1 ? 60 : 0);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    this.enlarged.showModal();
  }

  #showHeat({ heat, digit, steps }) {
    const context = this.heat.getContext("2d");
    const side = this.heat.width;
    context.clearRect(0, 0, side, side);
    context.imageSmoothingEnabled = true;
    context.drawImage(painted(heat, diverging), 0, 0, side, side);
    // The ink itself, as a veil of light over the colours.
    context.globalCompositeOperation = "screen";
    context.globalAlpha = 0.45;
    context.imageSmoothingEnabled = false;
    context.drawImage(painted(steps.pixels), 0, 0, side, side);
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
    this.heat.setAttribute("aria-label", `Heat map over the ink: what spoke for and against ${digit}`);
    this.note.textContent = `What mattered for the ${digit} (${heat.method}).`;
  }
}

const short = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(2));

// One stop for Tab, arrows inside.
function walk(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const button = event.target.closest(".maps button");
  if (!step || !button) return;
  const all = [...button.parentElement.querySelectorAll("button")];
  const next = all[all.indexOf(button) + step];
  if (!next) return;
  event.preventDefault();
  button.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
