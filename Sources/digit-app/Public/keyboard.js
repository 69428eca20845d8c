// Drawing without a pointer: a cell of a 28 × 28 grid, moved by arrows.

const cells = 28;
const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class GridPen {
  column = 14;
  row = 8;
  isShown = false;
  isDown = false;

  constructor(canvas, { columns, begin, extend, end, toggleEraser, clear, changed, say }) {
    Object.assign(this, { columns, begin, extend, end, changed, say });
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (moves[event.key]) this.#move(moves[event.key], event.shiftKey ? 3 : 1);
      else if (event.key === " " || event.key === "Enter") this.#toggle();
      else if (event.key === "e" || event.key === "E") toggleEraser();
      else if (event.key === "Delete" || event.key === "Backspace") { this.lift(); clear(); }
      else if (event.key === "Escape" && this.isShown) { this.lift(); this.isShown = false; }
      else return;
      event.preventDefault();
      changed();
    });
    canvas.addEventListener("blur", () => { this.lift(); this.isShown = false; changed(); });
  }

  get place() { return { x: (this.column + 0.5) / cells, y: (this.row + 0.5) / cells, pressure: 1 }; }

  lift() {
    if (!this.isDown) return;
    this.isDown = false;
    this.end();
  }

  #move([x, y], distance) {
    this.isShown = true;
    this.column = Math.min(this.columns() - 1, Math.max(0, this.column + x * distance));
    this.row = Math.min(cells - 1, Math.max(0, this.row + y * distance));
    if (this.isDown) this.extend([this.place]);
    this.say(`row ${this.row + 1}, column ${this.column + 1}${this.isDown ? ", drawing" : ""}`);
  }

  #toggle() {
    this.isShown = true;
    if (this.isDown) {
      this.lift();
      this.say("pen up");
    } else {
      this.isDown = true;
      this.begin(this.place);
      this.say(`pen down at row ${this.row + 1}, column ${this.column + 1}`);
    }
  }

  // The cell and, faintly, the grid around it.
  paint(context, scale, colour) {
    if (!this.isShown) return;
    const side = scale / cells;
    context.save();
    context.strokeStyle = colour;
    context.globalAlpha = 0.13;
    context.lineWidth = 1;
    context.beginPath();
    for (let i = 0; i <= this.columns(); i++) { context.moveTo(i * side, 0); context.lineTo(i * side, scale); }
    for (let i = 0; i <= cells; i++) { context.moveTo(0, i * side); context.lineTo(this.columns() * side, i * side); }
    context.stroke();
    context.globalAlpha = 1;
    context.lineWidth = Math.max(2, side / 6);
    context.strokeRect(this.column * side, this.row * side, side, side);
    if (this.isDown) {
      context.globalAlpha = 0.35;
      context.fillStyle = colour;
      context.fillRect(this.column * side, this.row * side, side, side);
    }
    context.restore();
  }
}
