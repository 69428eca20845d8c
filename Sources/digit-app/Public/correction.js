// "Wrong?": the right label, kept with the drawing on the machine that serves this page, if it was started so.

import * as api from "./api.js";
import { paint } from "./paint.js";

export class Correction {
  constructor({ dialog, keypad, note, current, done }) {
    Object.assign(this, { dialog, note, isKept: false });
    this.canvas = dialog.querySelector("canvas");
    keypad.append(...Array.from({ length: 10 }, (_, label) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", async () => {
        const { input, wanted } = current();
        try {
          const { saved } = await api.correct(input, label, wanted);
          dialog.close();
          done(`Kept as ${saved}. Learn from it: keras-bridge train --from MODEL --data FOLDER`);
        } catch (error) {
          note.textContent = error.message;
        }
      });
      return button;
    }));
  }

  open(digit) {
    paint(this.canvas, digit.steps.pixels);
    this.note.textContent = this.isKept
      ? "The 28 × 28 picture is kept on this machine, for the next training."
      : "Nothing is kept unless digit-app was started with --save-corrections FOLDER.";
    for (const button of this.dialog.querySelectorAll(".keypad button")) button.disabled = !this.isKept;
    this.dialog.showModal();
  }
}
