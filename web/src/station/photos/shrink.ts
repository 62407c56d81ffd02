import type { Bytes } from "../device/store";
import { sha256 } from "../digest";
import type { Photo } from "../forms/visit";

/** What a browser does with pictures; the tests have their own. */
export interface Darkroom {
  /** Upright, whatever way the camera was held. Fails for what is no picture. */
  open(file: Blob): Promise<ImageBitmap>;
  jpeg(picture: ImageBitmap, width: number, height: number, quality: number): Promise<Bytes>;
}

/** Longest sides in pixels, and qualities: the first that comes to no more than is aimed at is taken. */
const SIDES = [1600, 1200, 900];
const QUALITIES = [0.8, 0.65, 0.5];
/** Bytes: what a line of 100 kbit/s takes in half a minute. */
const AIM = 400_000;

export class NoPicture extends Error {}

/** A picture as it is handed in: small, upright, and without what the camera wrote beside it. */
export async function shrunk(file: Blob, darkroom: Darkroom = browser): Promise<Bytes> {
  const picture = await darkroom.open(file).catch(() => {
    throw new NoPicture();
  });
  try {
    let smallest: Bytes | undefined;
    for (const [side, quality] of steps()) {
      const { width, height } = within(picture, side);
      const bytes = await darkroom.jpeg(picture, width, height, quality);
      if (bytes.length <= AIM) return bytes;
      if (!smallest || bytes.length < smallest.length) smallest = bytes;
    }
    if (!smallest) throw new NoPicture();
    return smallest;
  } finally {
    picture.close();
  }
}

function steps() {
  return SIDES.flatMap((side) => QUALITIES.map((quality) => [side, quality] as const));
}

/** As large as it is, or so that its longest side is no longer. */
export function within({ width, height }: { width: number; height: number }, side: number) {
  const part = Math.min(side / Math.max(width, height), 1);
  return { width: Math.max(Math.round(width * part), 1), height: Math.max(Math.round(height * part), 1) };
}

export async function photoOf(bytes: Bytes): Promise<Photo> {
  return { id: crypto.randomUUID(), sha256: await sha256(bytes), size: bytes.length };
}

const browser: Darkroom = {
  open: (file) => createImageBitmap(file, { imageOrientation: "from-image" }),

  async jpeg(picture, width, height, quality) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const paper = canvas.getContext("2d");
    if (!paper) throw new NoPicture();
    // A JPEG has no transparent parts, and would have them black.
    paper.fillStyle = "white";
    paper.fillRect(0, 0, width, height);
    paper.drawImage(picture, 0, 0, width, height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (!blob) throw new NoPicture();
    return new Uint8Array(await blob.arrayBuffer());
  },
};
