// Pictures as the inputs of networks, for scripts of pages.

/**
 * For each place of a row of `to` pixels: the pixels of a row of `from` that it is the weighted mean of. A triangle that
 * widens when a picture shrinks, as Pillow's and libvips' bilinear filters do.
 * @param {number} from @param {number} to
 */
function taps(from, to) {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const center = (place + 0.5) * scale;
    const first = Math.max(Math.floor(center - reach), 0);
    const end = Math.min(Math.ceil(center + reach), from);
    const weights = Array.from({ length: end - first }, (_unused, tap) =>
      Math.max(0, 1 - Math.abs(first + tap + 0.5 - center) / reach),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/**
 * A picture in the size of a network's input.
 * @param {ImageData} image
 * @param {{ readonly width: number, readonly height: number }} size
 * @returns {Uint8ClampedArray} [height, width, 3], 0..255
 */
export function resized(image, { width, height }) {
  const rows = new Float32Array(image.height * width * 3);
  for (const [x, { first, weights }] of taps(image.width, width).entries()) {
    for (let y = 0; y < image.height; y++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const [tap, weight] of weights.entries()) {
          sum += weight * /** @type {number} */ (image.data[4 * (y * image.width + first + tap) + channel]);
        }
        rows[3 * (y * width + x) + channel] = sum;
      }
    }
  }
  const pixels = new Uint8ClampedArray(height * width * 3);
  for (const [y, { first, weights }] of taps(image.height, height).entries()) {
    for (let place = 0; place < 3 * width; place++) {
      let sum = 0;
      for (const [tap, weight] of weights.entries()) {
        sum += weight * /** @type {number} */ (rows[(first + tap) * 3 * width + place]);
      }
      pixels[y * 3 * width + place] = sum;
    }
  }
  return pixels;
}

/** A canvas that is black. @param {number} width @param {number} height */
export function blackCanvas(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no canvas');
  // Transparency is laid on black, as in training.
  context.fillRect(0, 0, width, height);
  return { canvas, context };
}

/**
 * Decodes a picture. One of more pixels than `most` is first shrunk by the browser.
 * @param {File} file @param {number} most @returns {Promise<ImageBitmap>} to be closed; it rejects for what is no picture
 */
export async function decoded(file, most) {
  const bitmap = await createImageBitmap(file);
  const shrink = Math.sqrt(most / (bitmap.width * bitmap.height));
  if (shrink >= 1) return bitmap;
  const resizeWidth = Math.max(1, Math.floor(bitmap.width * shrink));
  const resizeHeight = Math.max(1, Math.floor(bitmap.height * shrink));
  bitmap.close();
  return await createImageBitmap(file, { resizeWidth, resizeHeight, resizeQuality: 'high' });
}

/** The pixels of a picture on black. @param {ImageBitmap} bitmap */
export function pixelsOf(bitmap) {
  const { context } = blackCanvas(bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}
