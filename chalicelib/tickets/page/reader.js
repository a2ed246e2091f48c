// Reading QR codes: by the browser's own reader where it has one, else by the bundled jsQR.

const MOST_PIXELS = 800; // of the longer side; more only takes time

async function ownReader() {
  try {
    const formats = await BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
}

const canvas = document.createElement("canvas");
const own = ownReader();

/** The text of the QR code in a picture, or null. `source` is a video or an ImageBitmap. */
export async function readPicture(source) {
  const width = source.videoWidth || source.width, height = source.videoHeight || source.height;
  if (!width) return null;
  const reader = await own;
  if (reader) return (await reader.detect(source).catch(() => []))[0]?.rawValue ?? null;
  const scale = Math.min(1, MOST_PIXELS / Math.max(width, height));
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return self.jsQR(data, canvas.width, canvas.height)?.data || null;
}

/** Show what the camera sees, and hand every code that it reads to `found`, one after the other. */
export async function watch(video, found) {
  const facing = { facingMode: { ideal: "environment" }, width: { ideal: 1280 } };
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: facing, audio: false });
  await video.play();
  for (;;) {
    const text = await readPicture(video);
    if (text) await found(text);
    await new Promise((done) => setTimeout(done, 120));
  }
}
