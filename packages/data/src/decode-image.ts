import { open } from 'node:fs/promises';
import { readInput, TenasError } from '@tenas/base';
import type sharpLibrary from 'sharp';
import type { Sharp } from 'sharp';
import { decodePlainBitmap, isPlainBitmap } from './plain-bitmaps.js';

/** File names that are read as images. */
export const IMAGE_FILE = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|dib|p[bgpn]m)$/i;
/** The kinds of images that are read, for messages. */
export const IMAGE_KINDS = 'jpg, png, webp, gif, tiff, avif, bmp, ppm, pgm, pbm';
/** Names of images that are not read. */
export const UNREAD_IMAGE_FILE =
  /\.(hei[cf]|jp2|j2k|jpx|jxl|jxr|psd|tga|exr|hdr|ico|pcx|pam|pfm|svg|eps|raw|dng|cr[23w]|nef|arw|orf|rw2|raf|dcm|nii)$/i;

/** Most pixels that a file may decode to; larger ones are refused as corrupt instead of exhausting memory. */
const MOST_PIXELS = 100_000_000;
/** Bytes of a file that is decoded here. */
const MOST_PLAIN_BYTES = 4 * MOST_PIXELS + 4096;
/** Decoders at work at a time; sharp runs them on libuv's threads, off the event loop. */
const PARALLEL = 8;

/** How to decode pictures. */
export interface DecodeOptions {
  /** Height and width of the result in pixels. */
  readonly side: number;
  /** Whether a picture that a camera held sideways is turned upright, as its EXIF orientation says. */
  readonly isUpright: boolean;
}

/**
 * Decodes an image file to [3, side, side] planes, 0..255, resized as a whole without keeping the aspect ratio (as the reference's
 * Resize((32, 32)) does). Grey becomes colour, transparency is laid on black. Rejects for a file that is no readable image.
 */
export async function decodeImage(path: string, { side, isUpright }: DecodeOptions): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const image = sharp(path, { limitInputPixels: MOST_PIXELS, failOn: 'truncated', autoOrient: isUpright });
  try {
    return await planesOf(image, side);
  } catch (error) {
    const plain = await plainBitmap(path);
    if (plain === null) throw error;
    const { width, height, pixels } = plain;
    return await planesOf(sharp(pixels, { raw: { width, height, channels: 3 } }), side);
  }
}

/** The library that decodes. Its binary may be missing, or made for another machine. */
async function loadSharp(): Promise<typeof sharpLibrary> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new TenasError(
      'DEPENDENCY_MISSING',
      `the library sharp, which decodes pictures, can't be loaded on this machine: ${reason}. ` +
        'Install the packages again (npm ci), or sharp alone: npm install --include=optional sharp',
      { field: 'sharp', cause },
    );
  }
}

/** A picture that only we decode, whatever its name; null: it is another one. */
async function plainBitmap(path: string) {
  const head = Buffer.alloc(2);
  await using file = await open(path);
  await file.read(head, 0, head.length, 0);
  if (!isPlainBitmap(head)) return null;
  // Plain Netpbm spends up to 12 bytes on a pixel; that of an image of the most pixels is refused as too large.
  return decodePlainBitmap(await readInput(path, { maxBytes: MOST_PLAIN_BYTES }), MOST_PIXELS);
}

async function planesOf(image: Sharp, side: number): Promise<Uint8Array> {
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
