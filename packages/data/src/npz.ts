import { TenasError } from '@tenas/base';
import { unzipSync } from 'fflate';
import { PickleBudget } from './pickle-budget.js';
import { numericArray, PickledArray, PickledDtype } from './pickle-numpy.js';

/** Bytes that a byte of a packed file can unpack to at most, by the format. */
const MOST_PACKED = 1032;
const HEADER =
  /^\{'descr': *'([<>|=]?)([a-z]\d{1,2})', *'fortran_order': *(True|False), *'shape': *\(([\d, L]*)\),? *\}\s*$/;

function invalid(problem: string, cause?: unknown): TenasError {
  return new TenasError('NPZ_INVALID', `npz: ${problem}`, { field: 'npz', cause });
}

/** Whether bytes are those of a zip file, as `numpy.savez` writes it. */
export function isNpz(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * Reads arrays of numbers from an .npz file by their names. Arrays of objects, which are pickles, are refused.
 * @param mostBytes of all arrays together
 * @throws TenasError NPZ_INVALID
 */
export function readNpz(
  bytes: Uint8Array,
  names: readonly string[],
  mostBytes: number,
): ReadonlyMap<string, PickledArray> {
  const wanted = new Set(names.map((name) => `${name}.npy`));
  let total = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter({ name, size, originalSize }) {
        if (!wanted.has(name)) return false;
        total += originalSize;
        if (total > mostBytes || originalSize > MOST_PACKED * size)
          throw invalid(`${name} unpacks to ${originalSize} bytes`);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof TenasError) throw cause;
    throw invalid('it is no zip file, or a damaged one (truncated?)', cause);
  }
  const found = new Map<string, PickledArray>();
  for (const name of names) {
    const file = Object.hasOwn(files, `${name}.npy`) ? files[`${name}.npy`] : undefined;
    if (file !== undefined) found.set(name, readNpy(file, name));
  }
  return found;
}

/**
 * Reads an .npy file: an array of numbers in C order.
 * @param name for messages
 * @throws TenasError NPZ_INVALID
 */
export function readNpy(bytes: Uint8Array, name: string): PickledArray {
  const refuse = (problem: string): never => {
    throw invalid(`${name}: ${problem}`);
  };
  if (bytes.length < 12 || Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== '\x93NUMPY')
    return refuse('it is no .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirst = bytes[6] === 1;
  const start = isFirst ? 10 : 12;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) return refuse('its header is truncated');
  // Longer ones are of arrays with fields.
  const text = Buffer.from(bytes.subarray(start, start + Math.min(length, 1024))).toString('latin1');
  const header = HEADER.exec(text);
  if (header === null)
    return refuse(`its header is no array of numbers: ${JSON.stringify(text.slice(0, 80))}`);
  const [, order, code, fortran, shapeText] = header;
  const shape = shapeText!
    .split(',')
    .flatMap((size) => (size.trim() === '' ? [] : [Number.parseInt(size, 10)]));
  if (shape.length > 8 || !shape.every(Number.isSafeInteger)) return refuse('its shape is not readable');
  if (fortran === 'True' && shape.length > 1) return refuse('arrays in Fortran order are not supported');
  const values = bytes.subarray(start + length);
  const budget = new PickleBudget(bytes.length, refuse);
  const array = new PickledArray();
  array.shape = shape;
  array.data = numericArray(new PickledDtype(code!, order === '>'), values, { refuse, budget });
  const size = shape.reduce((product, one) => product * one, 1);
  if (array.data.length !== size)
    return refuse(`an array of shape [${shape.join(', ')}] has ${array.data.length} values`);
  return array;
}
