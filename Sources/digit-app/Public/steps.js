// From ink to 28 × 28, side by side.

import { blank, bytes, contained, grey, painted } from "./paint.js";

const side = 196;   // pixels of each picture: 7 for each of 28

export class Steps {
  constructor(list) {
    this.items = Object.fromEntries([...list.children].map((item) => [item.dataset.step, item]));
    for (const item of list.children) {
      const canvas = item.querySelector("canvas");
      canvas.width = canvas.height = side;
      canvas.setAttribute("role", "img");
    }
    this.empty();
  }

  empty() {
    for (const item of Object.values(this.items)) {
      const canvas = item.querySelector("canvas");
      blank(canvas);
      canvas.setAttribute("aria-label", `${item.querySelector("b").textContent}: nothing yet`);
    }
  }

  async show({ steps, box }, picture, isCentred) {
    for (const name of ["cropped", "fitted", "centred"]) this.items[name].classList.toggle("skipped", !isCentred);
    this.#draw("pixels", (context) => whole(context, steps.pixels));
    if (!isCentred) {
      for (const name of ["cropped", "fitted", "centred"]) this.#draw(name, () => {});
      this.items.pixels.querySelector("span").textContent = "all squashed in";
    } else {
      this.items.pixels.querySelector("span").textContent = "what goes in";
      this.#draw("cropped", (context) => whole(context, steps.cropped));
      this.#draw("fitted", (context) => {
        const unit = side / 28;
        context.drawImage(painted(steps.fitted), ...centredIn(steps.fitted, unit));
        frame(context, 4 * unit, 4 * unit, 20 * unit, 20 * unit, "#7a86f0");
      });
      this.#draw("centred", (context) => {
        const unit = side / 28;
        const { width, height } = steps.fitted;
        frame(context, 4 * unit, 4 * unit, 20 * unit, 20 * unit, "#4b5160");
        context.drawImage(
          painted(steps.fitted), steps.shift.x * unit, steps.shift.y * unit, width * unit, height * unit);
        cross(context);
      });
      const [x, y] = moved(steps);
      this.items.centred.querySelector("span").textContent =
        x || y ? `moved ${[x && `${Math.abs(x)} ${x > 0 ? "right" : "left"}`, y && `${Math.abs(y)} ${y > 0 ? "down" : "up"}`].filter(Boolean).join(", ")}` : "already in the middle";
    }
    const ink = new Image();
    ink.src = `data:image/png;base64,${picture}`;
    await ink.decode();
    this.#draw("ink", (context) => {
      const { scale, x, y } = contained(ink.width, ink.height, side, side);
      context.imageSmoothingEnabled = true;
      context.fillStyle = "#0b0d12";
      context.fillRect(0, 0, side, side);
      context.globalCompositeOperation = "lighten";
      context.drawImage(ink, x, y, ink.width * scale, ink.height * scale);
      context.globalCompositeOperation = "source-over";
      if (isCentred && box) frame(context, x + box.x * scale, y + box.y * scale, box.width * scale, box.height * scale, "#f0922b");
    });
  }

  #draw(name, body) {
    const canvas = this.items[name].querySelector("canvas");
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, side, side);
    context.imageSmoothingEnabled = false;
    body(context);
    canvas.setAttribute("aria-label", this.items[name].querySelector("b").textContent);
  }
}

// How far from the middle of the picture the digit was laid.
const moved = ({ shift, fitted }) => [
  shift.x - Math.round((28 - fitted.width) / 2), shift.y - Math.round((28 - fitted.height) / 2),
];

const centredIn = (picture, unit) => [
  Math.round((28 - picture.width) / 2) * unit, Math.round((28 - picture.height) / 2) * unit,
  picture.width * unit, picture.height * unit,
];

function whole(context, picture) {
  const { scale, x, y } = contained(picture.width, picture.height, side, side);
  context.drawImage(painted(picture, grey, bytes(picture)), x, y, picture.width * scale, picture.height * scale);
}

function frame(context, x, y, width, height, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x, y, width, height);
}

function cross(context) {
  context.strokeStyle = "#f0922b";
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(side / 2, side * 0.08);
  context.lineTo(side / 2, side * 0.92);
  context.moveTo(side * 0.08, side / 2);
  context.lineTo(side * 0.92, side / 2);
  context.stroke();
}
