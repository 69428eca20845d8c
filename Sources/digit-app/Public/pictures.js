// Pictures from outside: chosen, dropped, pasted, photographed.

import { encoded } from "./paint.js";

const largestSent = 3_500_000;
const longestSide = 1600;

// What to show and what to send for a file; PNG and JPEG go as they are, the rest as PNG.
export async function picture(file) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!image) throw new Error(`${file.name || "This file"} is not a picture that the browser can read. Try PNG or JPEG.`);
  const asItIs = /^image\/(png|jpeg)$/.test(file.type) && file.size <= largestSent;
  const input = asItIs ? { body: file, type: file.type, query: {} } : reencoded(image);
  return { image, input };
}

function reencoded(image) {
  const scale = Math.min(1, longestSide / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const body = encoded(canvas);
  if (body.size <= largestSent) return { body, type: "image/png", query: {} };
  return { body: encoded(canvas, "image/jpeg", 0.9), type: "image/jpeg", query: {} };
}

export function takePictures({ stage, upload, file, camera, snapshot, viewfinder, shoot, take, complain }) {
  const first = (list) => [...(list ?? [])].find((item) => item.type.startsWith("image/"));

  upload.addEventListener("click", () => file.click());
  for (const input of [file, snapshot]) {
    input.addEventListener("change", () => { if (input.files[0]) take(input.files[0]); input.value = ""; });
  }

  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); stage.classList.add("over"); });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) stage.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    stage.classList.remove("over");
    const found = first(event.dataTransfer?.files);
    found ? take(found) : complain("What was dropped is not a picture.");
  });
  document.addEventListener("paste", (event) => {
    const found = first(event.clipboardData?.files);
    if (!found) return;
    event.preventDefault();
    take(found);
  });

  // MARK: camera

  const video = viewfinder.querySelector("video");
  const stop = () => { for (const track of video.srcObject?.getTracks() ?? []) track.stop(); video.srcObject = null; };
  viewfinder.addEventListener("close", stop);

  camera.addEventListener("click", async () => {
    // Phones have a camera app of their own; and without https no page gets at a camera any other way.
    if (!navigator.mediaDevices?.getUserMedia || matchMedia("(pointer: coarse)").matches) return snapshot.click();
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      await video.play();
      viewfinder.showModal();
    } catch (error) {
      stop();
      complain(error.name === "NotAllowedError"
        ? "The camera may not be used: allow it for this page, or upload a photo."
        : "No camera was found: upload a photo instead.");
    }
  });
  shoot.addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    viewfinder.close();
    take(encoded(canvas, "image/jpeg", 0.92));
  });
}
