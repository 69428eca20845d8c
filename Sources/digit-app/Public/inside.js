// Feature maps of each layer, and what mattered.

import { blank, bytes, diverging, glow, painted } from "./paint.js";

const atOnce = 32;

export class Inside {
  constructor({ layers, heat, note, enlarged }) {
    Object.assign(this, { layers, heat, note, enlarged });
    this.placeholder = [...layers.childNodes];
    this.all = new Set();
    layers.addEventListener("keydown", (event) => walk(event));
  }

  empty() {
    this.layers.replaceChildren(...this.placeholder);
    blank(this.heat);
    this.heat.setAttribute("aria-label", "Heat map: nothing read yet");
  }

  show(digit) {
    this.layers.replaceChildren(...digit.layers.map((layer) => this.#layer(layer)));
    this.#showHeat(digit);
  }

  #layer(layer) {
    const section = document.createElement("section");
    section.className = "layer";
    const title = document.createElement("h3");
    title.textContent = layer.name;
    const note = document.createElement("span");
    note.textContent = `${layer.className}, ${layer.shape.join(" × ")}`;
    title.append(note);
    const maps = document.createElement("div");
    maps.className = "maps";
    maps.setAttribute("role", "group");
    maps.setAttribute("aria-label", `${layer.name}: ${layer.maps.count} ${layer.maps.count === 1 ? "strip" : "maps"}, arrows walk`);
    const shown = this.all.has(layer.name) ? layer.maps.count : Math.min(atOnce, layer.maps.count);
    const data = bytes(layer.maps);
    maps.append(...Array.from({ length: shown }, (_, index) => this.#map(layer, data, index)));
    if (shown < layer.maps.count) {
      const more = document.createElement("button");
      more.type = "button";
      more.className = "more";
      more.textContent = `all ${layer.maps.count}`;
      more.addEventListener("click", () => { this.all.add(layer.name); section.replaceWith(this.#layer(layer)); });
      maps.append(more);
    }
    section.append(title, maps);
    return section;
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
    context.globalAlpha = 0.34;
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
