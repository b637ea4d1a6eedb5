/** Uncompressed pictures that the decoder's library does not read: BMP, and PBM, PGM and PPM of Netpbm. */

/** Pixels as rows of red, green and blue. */
export interface PlainBitmap {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly pixels: Uint8Array;
}

/** Bytes of the largest header of Netpbm, with comments. */
const MOST_HEADER = 4096;

function fail(problem: string): never {
  throw new Error(problem);
}

/** Whether bytes begin as a picture that {@link decodePlainBitmap} may read. */
export function isPlainBitmap(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if (first === 0x42 && second === 0x4d) return true;
  return first === 0x50 && second !== undefined && second >= 0x31 && second <= 0x36;
}

/**
 * Decodes a BMP (1, 4, 8, 16, 24 or 32 bits, not run-length coded; transparency is left out) or a PBM, PGM or PPM, plain or raw.
 * @param mostPixels pictures with more are refused before memory is taken
 * @throws Error for any other bytes
 */
export function decodePlainBitmap(bytes: Uint8Array, mostPixels: number): PlainBitmap {
  if (!isPlainBitmap(bytes)) return fail('neither BMP nor Netpbm');
  return bytes[0] === 0x42 ? decodeBmp(bytes, mostPixels) : decodeNetpbm(bytes, mostPixels);
}

function checkSize(width: number, height: number, mostPixels: number): void {
  if (width < 1 || height < 1 || width * height > mostPixels) fail(`${width}x${height} pixels`);
}

/** Shift and width of the run of ones in a mask of a channel. */
function channelOf(mask: number): { readonly shift: number; readonly most: number } {
  if (mask === 0) return { shift: 0, most: 0 };
  const shift = 31 - Math.clz32(mask & -mask);
  return { shift, most: mask >>> shift };
}

function decodeBmp(bytes: Uint8Array, mostPixels: number): PlainBitmap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  const isOld = headerBytes === 12;
  if (!isOld && (headerBytes < 40 || headerBytes > 256)) fail(`a header of ${headerBytes} bytes`);
  const width = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
  const signed = isOld ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signed);
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? 0 : view.getUint32(30, true);
  checkSize(width, height, mostPixels);
  const isMasked = compression === 3 || compression === 6;
  if (compression !== 0 && !isMasked) fail(`compression ${compression}`);
  if (![1, 4, 8, 16, 24, 32].includes(bits) || (isMasked && bits < 16)) fail(`${bits} bits per pixel`);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (start + rowBytes * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length) fail('truncated');
  const pixels = new Uint8Array(width * height * 3);
  const colour = bits <= 8 ? palette(view, { isOld, headerBytes, bits }) : direct(view, bits, isMasked);
  for (let y = 0; y < height; y++) {
    const row = start + rowBytes * (signed < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x++) colour(row, x, pixels, (y * width + x) * 3);
  }
  return { width, height, pixels };
}

/** Writes the colour of a pixel of the row that begins at a byte. */
type Colour = (row: number, x: number, to: Uint8Array, at: number) => void;

function palette(
  view: DataView,
  { isOld, headerBytes, bits }: { isOld: boolean; headerBytes: number; bits: number },
): Colour {
  const size = isOld ? 3 : 4;
  const table = 14 + headerBytes;
  const perByte = 8 / bits;
  return (row, x, to, at) => {
    const byte = view.getUint8(row + Math.floor(x / perByte));
    const index = (byte >> (8 - bits * ((x % perByte) + 1))) & ((1 << bits) - 1);
    for (let c = 0; c < 3; c++) to[at + c] = view.getUint8(table + index * size + 2 - c);
  };
}

function direct(view: DataView, bits: number, isMasked: boolean): Colour {
  const bytes = bits / 8;
  if (bits !== 16 && !isMasked) {
    return (row, x, to, at) => {
      for (let c = 0; c < 3; c++) to[at + c] = view.getUint8(row + x * bytes + 2 - c);
    };
  }
  const masks = isMasked ? [54, 58, 62].map((place) => view.getUint32(place, true)) : [0x7c00, 0x3e0, 0x1f];
  const channels = masks.map((mask) => ({ mask, ...channelOf(mask) }));
  return (row, x, to, at) => {
    const value = bits === 16 ? view.getUint16(row + x * 2, true) : view.getUint32(row + x * 4, true);
    for (const [c, { mask, shift, most }] of channels.entries())
      to[at + c] = most === 0 ? 0 : Math.round((((value & mask) >>> shift) * 255) / most);
  };
}

function decodeNetpbm(bytes: Uint8Array, mostPixels: number): PlainBitmap {
  const kind = bytes[1]! - 0x30;
  const isPlain = kind <= 3;
  const isBits = kind === 1 || kind === 4;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const header = new NumberReader(bytes, 2, MOST_HEADER);
  const width = header.next();
  const height = header.next();
  const most = isBits ? 1 : header.next();
  checkSize(width, height, mostPixels);
  if (most < 1 || most > 65_535) fail(`a largest value of ${most}`);
  const values = width * height * channels;
  const read = isPlain
    ? plainValues(new NumberReader(bytes, header.position, bytes.length), isBits)
    : rawValues(bytes, header.position + 1, { width, height, channels, isBits, most });
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < values; i++) {
    const value = read(i);
    // In bitmaps, one is black.
    const shade = isBits ? 255 * (1 - value) : Math.round((Math.min(value, most) * 255) / most);
    if (channels === 3) pixels[i] = shade;
    else pixels.fill(shade, 3 * i, 3 * i + 3);
  }
  return { width, height, pixels };
}

function plainValues(numbers: NumberReader, isBits: boolean): (i: number) => number {
  return () => (isBits ? numbers.digit() : numbers.next());
}

function rawValues(
  bytes: Uint8Array,
  start: number,
  shape: { width: number; height: number; channels: number; isBits: boolean; most: number },
): (i: number) => number {
  const { width, height, channels, isBits, most } = shape;
  const rowBytes = isBits ? Math.ceil(width / 8) : width * channels * (most > 255 ? 2 : 1);
  if (start + rowBytes * height > bytes.length) fail('truncated');
  if (isBits) {
    return (i) => {
      const x = i % width;
      return (bytes[start + rowBytes * Math.floor(i / width) + (x >> 3)]! >> (7 - (x & 7))) & 1;
    };
  }
  if (most > 255) return (i) => (bytes[start + 2 * i]! << 8) | bytes[start + 2 * i + 1]!;
  return (i) => bytes[start + i]!;
}

/** Reads numbers between blanks and comments. */
class NumberReader {
  constructor(
    readonly bytes: Uint8Array,
    public position: number,
    readonly end: number,
  ) {}

  /** Moves to the next digit. */
  #skip(): void {
    for (; this.position < Math.min(this.end, this.bytes.length); this.position++) {
      const byte = this.bytes[this.position]!;
      if (byte === 0x23) {
        const line = this.bytes.indexOf(10, this.position);
        if (line < 0) break;
        this.position = line;
      } else if (byte >= 0x30 && byte <= 0x39) return;
      else if (byte !== 0x20 && (byte < 9 || byte > 13)) break;
    }
    fail('a number is expected');
  }

  digit(): number {
    this.#skip();
    return this.bytes[this.position++] === 0x31 ? 1 : 0;
  }

  next(): number {
    this.#skip();
    let value = 0;
    for (; this.position < this.bytes.length; this.position++) {
      const digit = this.bytes[this.position]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > 1e9) fail('a number is too large');
    }
    return value;
  }
}
