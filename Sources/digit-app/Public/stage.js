// The stage: what is drawn or shown, the marks over it, and what of it goes to the server.

import { Drawing, render } from "./drawing.js";
import { GridPen } from "./keyboard.js";
import { contained, encoded, painted } from "./paint.js";
import { followPointer } from "./pointer.js";

const sentHeight = 280;

export class Stage {
  aspect = 1;
  tool = "pen";
  width = 0.075;
  boxes = [];
  chosen = 0;
  #drawing = new Drawing();
  #picture = null;       // { image, input, smooth } where a picture is shown instead of a drawing
  #stroke = null;
  #frame = 0;

  constructor({ stage, picture, ink, marks, hint, changed, say }) {
    Object.assign(this, { element: stage, picture, ink, marks, hint, changed });
    followPointer(ink, {
      begin: (point, { erases }) => { this.grid.isShown = false; this.#begin(point, erases); },
      extend: (points) => this.#extend(points),
      end: () => this.#end(),
    });
    this.grid = new GridPen(ink, {
      columns: () => 28 * this.aspect,
      begin: (point) => this.#begin(point, false),
      extend: (points) => this.#extend(points),
      end: () => this.#end(),
      toggleEraser: () => { this.tool = this.tool === "pen" ? "eraser" : "pen"; say(this.tool); this.changed("tool"); },
      clear: () => this.clear(),
      changed: () => this.repaint(),
      say,
    });
    new ResizeObserver(() => this.repaint()).observe(stage);
    document.addEventListener("themechange", () => this.repaint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
  }

  // MARK: what happens on it

  #begin(point, erases) {
    if (this.#picture) { this.#picture = null; this.#drawing.forget(); }
    this.#stroke = this.#drawing.begin({ erases: erases || this.tool === "eraser", width: this.width });
    this.#extend([point]);
  }

  #extend(points) {
    if (!this.#stroke) return;
    const inside = (value, limit) => Math.min(limit + 0.1, Math.max(-0.1, value));
    this.#stroke.points.push(
      ...points.map(({ x, y, pressure }) => ({ x: inside(x, this.aspect), y: inside(y, 1), pressure })));
    this.#touched();
  }

  #end() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.#touched();
  }

  undo() { if (!this.#picture) { this.#drawing.undo(); this.#touched(); } }
  redo() { if (!this.#picture) { this.#drawing.redo(); this.#touched(); } }
  clear() {
    if (this.#picture) { this.#picture = null; this.#drawing.forget(); } else this.#drawing.clear();
    this.#touched();
  }
  // Shows `image`; `input` is what is sent for it.
  show(image, input, { smooth = true } = {}) {
    this.#picture = { image, input, smooth };
    this.#touched();
  }

  get isEmpty() { return !this.#picture && this.#drawing.isEmpty; }
  get canUndo() { return !this.#picture && this.#drawing.canUndo; }
  get canRedo() { return !this.#picture && this.#drawing.canRedo; }
  get canClear() { return this.#picture !== null || this.#drawing.strokes.length > 0; }
  get isDrawing() { return this.#stroke !== null; }

  #touched() {
    this.boxes = [];
    this.changed("content");
    this.repaint();
  }

  // MARK: what goes to the server

  // A drawing goes as a small PNG, black on nothing.
  input() {
    if (this.#picture) return this.#picture.input;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(sentHeight * this.aspect);
    canvas.height = sentHeight;
    render(canvas.getContext("2d"), this.#drawing, sentHeight, "#000");
    return { body: encoded(canvas), type: "image/png", query: { drawing: true } };
  }

  // MARK: how it looks

  // The boxes of what was read, in pixels of what was sent.
  mark({ width, height, boxes, chosen }) {
    this.boxes = boxes.map((box) => ({ ...box, of: { width, height } }));
    this.chosen = chosen;
    this.repaint();
  }

  repaint() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => { this.#frame = 0; this.#paint(); });
  }

  #paint() {
    const { width, height } = this.ink.getBoundingClientRect();
    if (!width) return;
    const density = Math.min(3, window.devicePixelRatio || 1);
    const fresh = (canvas) => {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
      return canvas.getContext("2d");
    };
    const picture = fresh(this.picture), ink = fresh(this.ink), marks = fresh(this.marks);
    const scale = this.ink.height;
    if (this.#picture) {
      const { image, smooth } = this.#picture;
      const { scale: by, x, y } = contained(image.width, image.height, this.ink.width, this.ink.height);
      picture.imageSmoothingEnabled = smooth;
      picture.drawImage(image, x, y, image.width * by, image.height * by);
    } else {
      render(ink, this.#drawing, scale, colour("--ink"));
    }
    this.#paintBoxes(marks, density);
    this.grid.paint(marks, scale, colour("--accent"));
    this.hint.hidden = !this.isEmpty || this.isDrawing || this.grid.isShown;
    this.element.dataset.tool = this.tool;
  }

  #paintBoxes(context, density) {
    if (this.boxes.length < 2) return;
    this.boxes.forEach((box, index) => {
      const { scale, x, y } = contained(box.of.width, box.of.height, this.marks.width, this.marks.height);
      const margin = 4 * density;
      context.strokeStyle = colour(index === this.chosen ? "--accent" : "--edge");
      context.lineWidth = (index === this.chosen ? 2.5 : 1.5) * density;
      context.beginPath();
      context.roundRect(
        x + box.x * scale - margin, y + box.y * scale - margin,
        box.width * scale + 2 * margin, box.height * scale + 2 * margin, 8 * density);
      context.stroke();
    });
  }
}

// A custom property as a colour that a canvas takes: light-dark() has to be resolved by an element.
const probe = document.createElement("i");
probe.hidden = true;
document.body.append(probe);
function colour(name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

// A sample of 28 × 28 bytes as something to show and to send.
export function sampleInput(picture, data) {
  return {
    image: painted(picture, undefined, data),
    input: {
      body: JSON.stringify({ width: picture.width, height: picture.height, pixels: [...data] }), type: "application/json",
      query: {},
    },
  };
}
