// Mouse, pen and finger: strokes from pointer events, with all the points between two frames.

export function followPointer(canvas, { begin, extend, end }) {
  let active = null;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    // Pens say how hard they are pressed; for others the width stays as the slider has it.
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.45 + 1.1 * event.pressure : 1;
    return { x: (event.clientX - box.left) / box.height, y: (event.clientY - box.top) / box.height, pressure };
  };

  canvas.addEventListener("pointerdown", (event) => {
    const turnedOver = event.pointerType === "pen" && (event.buttons & 32) !== 0;
    if (active !== null || (event.button !== 0 && !turnedOver)) return;
    active = event.pointerId;
    try { canvas.setPointerCapture(active); } catch { /* events made by a program cannot be captured */ }
    begin(place(event), { erases: turnedOver });
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== active) return;
    const events = event.getCoalescedEvents?.() ?? [];
    extend((events.length ? events : [event]).map(place));
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== active) return;
      active = null;
      end();
    });
  }
}
