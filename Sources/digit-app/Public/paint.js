// Numbers to pixels.

// A picture as the server sends it: { width, height, data } with a byte for each pixel, in base64.
export const bytes = (picture) => decoded(picture.data);

function decoded(base64) {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

// The canvas as a file, at once: toBlob waits for an idle moment, for up to a second.
export function encoded(canvas, type = "image/png", quality = undefined) {
  return new Blob([decoded(canvas.toDataURL(type, quality).split(",")[1])], { type });
}

// MNIST's white on black, on the black that the page uses.
export const grey = ramp([[11, 13, 18], [255, 255, 255]]);

// From nearly black through blue and rose to a warm white.
const stops = [[11, 13, 18], [46, 52, 120], [150, 70, 140], [240, 146, 43], [255, 240, 205]];
export const glow = ramp(stops);

// −1 … 1 as 0 … 255: blue against, orange for.
export const diverging = ramp([[96, 165, 250], [40, 86, 150], [24, 27, 33], [170, 92, 20], [255, 170, 70]]);

function ramp(colours) {
  const table = Array.from({ length: 256 }, (_, value) => {
    const at = (value / 255) * (colours.length - 1);
    const low = Math.min(Math.floor(at), colours.length - 2);
    return colours[low].map((from, i) => Math.round(from + (colours[low + 1][i] - from) * (at - low)));
  });
  return (value) => table[value];
}

// Paints one picture over the whole of a canvas whose own size becomes the picture's.
export function paint(canvas, picture, colour = grey, data = bytes(picture)) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  const image = new ImageData(picture.width, picture.height);
  for (let i = 0; i < data.length; i++) {
    const [r, g, b] = colour(data[i]);
    image.data.set([r, g, b, 255], i * 4);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// A canvas of its own with the picture in it.
export function painted(picture, colour = grey, data = undefined) {
  const canvas = document.createElement("canvas");
  paint(canvas, picture, colour, data ?? bytes(picture));
  return canvas;
}

export function blank(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

// Where a picture of width × height comes to lie when it is shown whole in the middle of a box.
export function contained(width, height, boxWidth, boxHeight) {
  const scale = Math.min(boxWidth / width, boxHeight / height);
  return { scale, x: (boxWidth - width * scale) / 2, y: (boxHeight - height * scale) / 2 };
}
