// Pictures that are chosen or dropped, with their folders.
import { decoded, pixelsOf, resized } from './picture-pixels.mjs';

/** A file, with the folder that it lies in; '': none. @typedef {{ file: File, folder: string }} Found */

/** Pictures of more pixels are first shrunk by the browser. */
const MOST_PIXELS = 4_000_000;
const IMAGE = /\.(jpe?g|jpe|jfif|png|webp|gif|avif|bmp)$/i;
/** Kinds of pictures, for people. */
export const KINDS = 'jpg, png, webp, gif, avif or bmp';

/** Whether a file is a picture by its name or type. @param {File} file */
export function isPicture(file) {
  return file.type.startsWith('image/') || IMAGE.test(file.name);
}

/** The folder that a file lies in, as a class. @param {string} path */
export function folderOf(path) {
  return path.split('/').at(-2) ?? '';
}

/** Files below an entry of what was dropped. @param {any} entry @param {string} folder @returns {Promise<Found[]>} */
async function filesBelow(entry, folder) {
  if (entry.isFile) return [{ file: await new Promise((done, failed) => entry.file(done, failed)), folder }];
  const reader = entry.createReader();
  /** @type {Found[]} */
  const all = [];
  for (;;) {
    /** @type {any[]} */
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return all;
    for (const inner of some) all.push(...(await filesBelow(inner, entry.name)));
  }
}

/** What was dropped, folders with all that is below them. @param {DataTransfer} transfer @returns {Promise<Found[]>} */
export async function dropped(transfer) {
  // Entries have to be asked for before anything is awaited.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, folder: '' }));
  return (await Promise.all(entries.map((entry) => filesBelow(entry, '')))).flat();
}

/**
 * Decodes a picture and resizes it as a whole.
 * @param {File} file @param {number} side
 * @returns {Promise<Uint8Array>} [3, side, side], 0..255; it rejects for what is no picture
 */
export async function planesOf(file, side) {
  const bitmap = await decoded(file, MOST_PIXELS);
  const rows = resized(pixelsOf(bitmap), { width: side, height: side });
  bitmap.close();
  const plane = side * side;
  return Uint8Array.from(
    { length: 3 * plane },
    (_, at) => rows[3 * (at % plane) + Math.floor(at / plane)] ?? 0,
  );
}
