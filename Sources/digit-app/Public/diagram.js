// The layers as slabs, drawn as SVG: as high as the picture is high, as wide as there are channels.

const namespace = "http://www.w3.org/2000/svg";

const kinds = [
  [/conv/i, "convolution"], [/pool/i, "pooling"], [/dense/i, "dense"],
];
const kind = (className) => kinds.find(([pattern]) => pattern.test(className))?.[1] ?? "";

export function diagram(layers) {
  const columns = layers.map((layer) => ({ layer, ...extents(layer.outputShape) }));
  const step = 118, middle = 130, depth = 16;
  const svg = element("svg", {
    width: columns.length * step + 24, height: 290, viewBox: `0 0 ${columns.length * step + 24} 290`, role: "img",
  });
  svg.append(text(element("title"), `${layers.length} layers: ${layers.map((one) => one.className).join(", ")}`));
  const places = new Map();
  columns.forEach(({ layer, height, channels }, index) => {
    const high = Math.max(16, Math.min(150, 30 * Math.log2(height + 1)));
    const wide = Math.max(8, Math.min(62, 8 * Math.log2(channels + 1)));
    const x = 18 + index * step + (step - wide - 20) / 2, y = middle - high / 2;
    places.set(layer.name, { index, left: x, right: x + wide + depth / 2, top: y - depth / 2 });
    const slab = `slab ${kind(layer.className)}`;
    svg.append(
      element("path", { class: slab, d: `M${x} ${y}h${wide}v${high}h${-wide}z` }),
      element("path", { class: slab, d: `M${x} ${y}l${depth / 2} ${-depth / 2}h${wide}l${-depth / 2} ${depth / 2}z` }),
      element("path", { class: slab, d: `M${x + wide} ${y}l${depth / 2} ${-depth / 2}v${high}l${-depth / 2} ${depth / 2}z` }),
      text(element("text", { class: "diagram-name", x: x + wide / 2, y: 240, "text-anchor": "middle" }), short(layer.className)),
      text(element("text", { class: "diagram-note", x: x + wide / 2, y: 258, "text-anchor": "middle" }), layer.outputShape.slice(1).join(" × ")),
      text(element("text", { class: "diagram-note", x: x + wide / 2, y: 276, "text-anchor": "middle" }),
        layer.parameters ? `${layer.parameters.toLocaleString("en")} weights` : ""));
  });
  for (const { layer } of columns) {
    const to = places.get(layer.name);
    for (const name of layer.connectedTo) {
      const from = places.get(name);
      if (!from) continue;
      const d = to.index === from.index + 1
        ? `M${from.right + 3} ${middle}H${to.left - 5}m-5 -4l5 4l-5 4`
        : `M${from.right} ${from.top}C${from.right} 20 ${to.left} 20 ${to.left} ${to.top}m-4 -5l4 5l4 -5`;
      svg.append(element("path", { class: "wire", d }));
    }
  }
  return svg;
}

function extents(shape) {
  const [, ...rest] = shape;
  return rest.length >= 3
    ? { height: rest[0] ?? 1, channels: rest.at(-1) ?? 1 }
    : { height: rest.length === 2 ? rest[0] ?? 1 : 1, channels: rest.at(-1) ?? 1 };
}

const short = (name) => name.replace("Convolution", "Conv").replace("BatchNormalization", "BatchNorm")
  .replace("GlobalAveragePooling", "GlobalAvgPool").replace("MaxPooling", "MaxPool").replace("AveragePooling", "AvgPool");

function element(name, attributes = {}) {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function text(made, content) {
  made.textContent = content;
  return made;
}
