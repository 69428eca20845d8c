// Strokes with undo and redo, and how they look. One unit is the height of the stage.

export class Drawing {
  #done = [];      // strokes, and "clear" where everything before is gone
  #undone = [];

  get strokes() {
    return this.#done.slice(this.#done.lastIndexOf("clear") + 1);
  }
  get isEmpty() { return !this.strokes.some((stroke) => !stroke.erases); }
  get canUndo() { return this.#done.length > 0; }
  get canRedo() { return this.#undone.length > 0; }

  begin({ erases, width }) {
    const stroke = { erases, width, points: [] };
    this.#done.push(stroke);
    this.#undone = [];
    return stroke;
  }
  clear() {
    if (this.strokes.length === 0) return;
    this.#done.push("clear");
    this.#undone = [];
  }
  forget() { this.#done = []; this.#undone = []; }
  undo() { if (this.canUndo) this.#undone.push(this.#done.pop()); }
  redo() { if (this.canRedo) this.#done.push(this.#undone.pop()); }
}

// Draws all strokes, `scale` pixels to a unit.
export function render(context, drawing, scale, colour) {
  context.save();
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = colour;
  for (const stroke of drawing.strokes) {
    context.globalCompositeOperation = stroke.erases ? "destination-out" : "source-over";
    renderStroke(context, stroke, scale);
  }
  context.restore();
}

// Through the middles between points, with the points as handles: smooth, and as wide as the pen was pressed.
function renderStroke(context, { points, width, erases }, scale) {
  const breadth = (point) => width * scale * (erases ? 1.6 : 1) * point.pressure;
  const [first] = points;
  if (!first) return;
  context.beginPath();
  context.arc(first.x * scale, first.y * scale, breadth(first) / 2, 0, 7);
  context.fill();
  let from = first;
  for (let i = 1; i < points.length; i++) {
    const handle = points[i - 1];
    const isLast = i === points.length - 1;
    const to = isLast ? points[i] : { x: (handle.x + points[i].x) / 2, y: (handle.y + points[i].y) / 2 };
    context.lineWidth = (breadth(handle) + breadth(points[i])) / 2;
    context.beginPath();
    context.moveTo(from.x * scale, from.y * scale);
    context.quadraticCurveTo(handle.x * scale, handle.y * scale, to.x * scale, to.y * scale);
    context.stroke();
    from = to;
  }
}
