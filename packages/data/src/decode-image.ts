import type { Sharp } from 'sharp';

/** File names that are read as images. */
export const IMAGE_FILE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/** Most pixels that a file may decode to; larger ones are refused as corrupt instead of exhausting memory. */
const MOST_PIXELS = 100_000_000;
/** Decoders at work at a time; sharp runs them on libuv's threads, off the event loop. */
const PARALLEL = 8;

/**
 * Decodes an image file to [3, side, side] planes, 0..255, resized as a whole without keeping the aspect ratio (as the reference's
 * Resize((32, 32)) does). Grey becomes colour, transparency is laid on black. Rejects for a file that is no readable image.
 */
export async function decodeImage(path: string, side: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const image: Sharp = sharp(path, { limitInputPixels: MOST_PIXELS, failOn: 'truncated' });
  const { data, info } = await image
    .toColourspace('srgb')
    .flatten({ background: '#000' })
    .resize(side, side, { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const plane = side * side;
  const pixels = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++)
      pixels[c * plane + i] = data[i * info.channels + Math.min(c, info.channels - 1)]!;
  }
  return pixels;
}

/** Runs `work` on every item, a few at a time. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T, position: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const position = next++;
      await work(items[position]!, position);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
}
