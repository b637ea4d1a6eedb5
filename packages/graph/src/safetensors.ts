import { TenasError } from './errors.js';
import { sizeOf } from './types.js';

/** Element types that are read, with their bytes and arrays. Half precision is read as single. */
const TYPES = {
  F64: { bytes: 8, make: (buffer: ArrayBuffer) => new Float64Array(buffer) },
  F32: { bytes: 4, make: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  F16: { bytes: 2, make: (buffer: ArrayBuffer) => Float32Array.from(new Uint16Array(buffer), halfToSingle) },
  BF16: {
    bytes: 2,
    make: (buffer: ArrayBuffer) => Float32Array.from(new Uint16Array(buffer), bfloatToSingle),
  },
  I64: { bytes: 8, make: (buffer: ArrayBuffer) => new BigInt64Array(buffer) },
  I32: { bytes: 4, make: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  U8: { bytes: 1, make: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
} as const;

export type TensorType = keyof typeof TYPES;
export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;

/** A tensor of a safetensors file; `data` is row-major. */
export interface Tensor {
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Contents of a safetensors file. */
export interface Safetensors {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const LARGEST_HEADER = 100_000_000;
const HEADER_LENGTH_BYTES = 8;

function halfToSingle(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloatToSingle(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

function fail(message: string, field?: string, value?: unknown): never {
  throw new TenasError('SAFETENSORS_INVALID', `safetensors: ${message}`, {
    ...(field === undefined ? {} : { field }),
    ...(value === undefined ? {} : { value }),
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseHeader(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < HEADER_LENGTH_BYTES)
    fail(`the file has ${bytes.length} bytes; it must begin with 8 bytes of header length`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > LARGEST_HEADER || length > bytes.length - HEADER_LENGTH_BYTES) {
    fail(
      `the header is said to have ${length} bytes; the file has ${bytes.length - HEADER_LENGTH_BYTES} after the length (truncated, or not a safetensors file)`,
      'header length',
      length,
    );
  }
  const end = HEADER_LENGTH_BYTES + length;
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(HEADER_LENGTH_BYTES, end)),
    );
  } catch (cause) {
    throw new TenasError('SAFETENSORS_INVALID', 'safetensors: the header is not valid JSON', {
      field: 'header',
      cause,
    });
  }
  if (!isObject(header)) fail('the header must be a JSON object', 'header');
  return { header, data: bytes.subarray(end) };
}

function parseTensor(
  name: string,
  entry: unknown,
  data: Uint8Array,
): { tensor: Tensor; begin: number; end: number } {
  if (!isObject(entry)) fail(`tensor '${name}' must be an object`, name);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) {
    fail(
      `tensor '${name}': dtype is ${JSON.stringify(dtype)}; it must be one of ${Object.keys(TYPES).join(', ')}`,
      `${name}.dtype`,
      dtype,
    );
  }
  const whole = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(whole) || !Number.isSafeInteger(sizeOf(shape))) {
    fail(
      `tensor '${name}': shape is ${JSON.stringify(shape)}; it must be whole numbers`,
      `${name}.shape`,
      shape,
    );
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) {
    fail(
      `tensor '${name}': data_offsets is ${JSON.stringify(offsets)}; it must be two whole numbers`,
      `${name}.data_offsets`,
      offsets,
    );
  }
  const [begin, end] = offsets as [number, number];
  const type = TYPES[dtype as TensorType];
  if (end > data.length) {
    fail(
      `tensor '${name}' ends at byte ${end} of the data; there are ${data.length} (truncated?)`,
      `${name}.data_offsets`,
      offsets,
    );
  }
  if (end - begin !== sizeOf(shape) * type.bytes) {
    fail(
      `tensor '${name}' has ${end - begin} bytes; ${dtype} [${shape.join(', ')}] needs ${sizeOf(shape) * type.bytes}`,
      `${name}.data_offsets`,
      offsets,
    );
  }
  // A copy, since the file's bytes need not be aligned (a Buffer's own slice would not copy).
  const copy = new Uint8Array(data.subarray(begin, end)).buffer;
  return { tensor: { dtype: dtype as TensorType, shape, data: type.make(copy) }, begin, end };
}

/**
 * Reads a safetensors file (little-endian; format of huggingface/safetensors). The bytes are not trusted: header length, JSON,
 * types, shapes and offsets are checked, and tensors must not overlap. Throws TenasError SAFETENSORS_INVALID.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, data } = parseHeader(bytes);
  const tensors = new Map<string, Tensor>();
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>;
  const ranges: { name: string; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isObject(entry)) fail('__metadata__ must be an object', '__metadata__');
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== 'string')
          fail(`__metadata__.${key} must be a string`, `__metadata__.${key}`, value);
        metadata[key] = value;
      }
      continue;
    }
    const { tensor, begin, end } = parseTensor(name, entry, data);
    tensors.set(name, tensor);
    if (end > begin) ranges.push({ name, begin, end });
  }
  ranges.sort((a, b) => a.begin - b.begin);
  for (let i = 1; i < ranges.length; i++) {
    const [before, after] = [ranges[i - 1]!, ranges[i]!];
    if (after.begin < before.end)
      fail(`tensors '${before.name}' and '${after.name}' overlap`, `${after.name}.data_offsets`);
  }
  return { tensors, metadata };
}

/** Writes tensors as a safetensors file, in the given order. F16 and BF16 cannot be written. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const bytes = tensor.data.byteLength;
    if (
      sizeOf(tensor.shape) !== tensor.data.length ||
      TYPES[tensor.dtype].bytes !== tensor.data.BYTES_PER_ELEMENT
    ) {
      fail(
        `tensor '${name}': ${tensor.data.length} values do not make ${tensor.dtype} [${tensor.shape.join(', ')}]`,
        name,
      );
    }
    header.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes] }]);
    offset += bytes;
  }
  let text = JSON.stringify(Object.fromEntries(header));
  // Data starts at a multiple of 8; readers skip trailing spaces.
  text = text.padEnd(text.length + ((8 - (new TextEncoder().encode(text).length % 8)) % 8));
  const encoded = new TextEncoder().encode(text);
  const out = new Uint8Array(HEADER_LENGTH_BYTES + encoded.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(encoded.length), true);
  out.set(encoded, HEADER_LENGTH_BYTES);
  let position = HEADER_LENGTH_BYTES + encoded.length;
  for (const { data } of tensors.values()) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return out;
}
