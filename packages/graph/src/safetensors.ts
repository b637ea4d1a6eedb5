import { clip, describeValue, isRecord, parseJson, TenasError } from '@tenas/base';
import { bfloatToSingle, halfToSingle } from './half-precision.js';
import { sizeOf } from './types.js';

/** Element types that are read: bytes a value, how they become an array, and what the writer takes (null: not written). */
const TYPES = {
  F64: { bytes: 8, array: Float64Array, make: (buffer: ArrayBuffer) => new Float64Array(buffer) },
  F32: { bytes: 4, array: Float32Array, make: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  F16: { bytes: 2, array: null, make: (buffer: ArrayBuffer) => widen(buffer, halfToSingle) },
  BF16: { bytes: 2, array: null, make: (buffer: ArrayBuffer) => widen(buffer, bfloatToSingle) },
  I64: { bytes: 8, array: BigInt64Array, make: (buffer: ArrayBuffer) => new BigInt64Array(buffer) },
  I32: { bytes: 4, array: Int32Array, make: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  U8: { bytes: 1, array: Uint8Array, make: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
} as const;

/** Bytes a value of the types that are not read; a tensor that is left out may have one. */
const OTHER_TYPES: Readonly<Record<string, number>> = {
  BOOL: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  U32: 4,
  U64: 8,
};

export type TensorType = keyof typeof TYPES;
export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;

/** A tensor of a safetensors file; `data` is row-major. */
export interface Tensor {
  /** Type in the file; F16 and BF16 are read into single precision. */
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Settings of {@link readSafetensors}. */
export interface ReadSafetensorsOptions {
  /** Whether to leave a tensor out, by its name. It is checked, but not copied, and may be of a type that is not read. */
  readonly leaveOut?: ((name: string) => boolean) | undefined;
}

/** Contents of a safetensors file. */
export interface Safetensors {
  readonly tensors: Map<string, Tensor>;
  /** Names of the tensors that were left out. */
  readonly leftOut: readonly string[];
  /** `__metadata__` of the header, without a prototype: any key is safe. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Limits on the header, for reading and writing. The format itself allows 100 MB; the largest network of any space here has
 * 2,000 tensors and 200 kB.
 */
const MAX_HEADER_BYTES = 1 << 24;
const MAX_TENSORS = 100_000;
const MAX_NAME_LENGTH = 1000;
const MAX_DIMENSIONS = 32;
/** A tensor is an object of three keys with two lists in it; metadata is one object. */
const HEADER_LIMITS = {
  length: MAX_HEADER_BYTES,
  depth: 3,
  containers: 3 * MAX_TENSORS + 2,
  keys: 5 * MAX_TENSORS,
} as const;
const HEADER_LENGTH_BYTES = 8;
const METADATA = '__metadata__';

function widen(buffer: ArrayBuffer, toSingle: (bits: number) => number): Float32Array {
  return Float32Array.from(new Uint16Array(buffer), toSingle);
}

function fail(message: string, field?: string, value?: unknown): never {
  throw new TenasError('SAFETENSORS_INVALID', `safetensors: ${message}`, {
    ...(field === undefined ? {} : { field }),
    ...(value === undefined ? {} : { value }),
  });
}

function parseHeader(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < HEADER_LENGTH_BYTES)
    fail(`the file has ${bytes.length} bytes; it must begin with 8 bytes of header length`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - HEADER_LENGTH_BYTES) {
    fail(
      `the header is said to have ${length} bytes; the file has ${bytes.length - HEADER_LENGTH_BYTES} after the length (truncated, or not a safetensors file)`,
      'header length',
      length,
    );
  }
  if (length > MAX_HEADER_BYTES) {
    fail(`the header has ${length} bytes; at most ${MAX_HEADER_BYTES} are read`, 'header length', length);
  }
  const end = HEADER_LENGTH_BYTES + length;
  const header = parseHeaderText(bytes.subarray(HEADER_LENGTH_BYTES, end));
  if (!isRecord(header)) fail('the header must be a JSON object', 'header');
  return { header, data: bytes.subarray(end) };
}

function parseHeaderText(bytes: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), HEADER_LIMITS);
  } catch (cause) {
    const problem = cause instanceof TenasError ? cause.message : 'it is not valid UTF-8';
    throw new TenasError('SAFETENSORS_INVALID', `safetensors: the header cannot be read: ${problem}`, {
      field: 'header',
      cause,
    });
  }
}

/** A tensor's entry in the header, checked against the size of the data. */
interface Description {
  readonly name: string;
  /** null: the tensor is left out. */
  readonly dtype: TensorType | null;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function checkName(name: string): void {
  if (name.length > MAX_NAME_LENGTH)
    fail(`tensor '${clip(name)}': at most ${MAX_NAME_LENGTH} characters make a name`, 'name');
}

/** Reads one entry of the header. Nothing of the data is touched. */
function parseTensor(name: string, entry: unknown, dataBytes: number, leftOut: boolean): Description {
  checkName(name);
  const label = `tensor '${clip(name)}'`;
  if (!isRecord(entry)) fail(`${label} is ${describeValue(entry)}; it must be an object`, name);
  const { dtype, shape, data_offsets: offsets } = entry;
  const known = typeof dtype === 'string' && Object.hasOwn(TYPES, dtype) ? (dtype as TensorType) : null;
  const other = leftOut && typeof dtype === 'string' && Object.hasOwn(OTHER_TYPES, dtype);
  if (known === null && !other) {
    fail(
      `${label}: dtype is ${describeValue(dtype)}; it must be one of ${Object.keys(TYPES).join(', ')}`,
      `${name}.dtype`,
      dtype,
    );
  }
  const whole = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
  if (
    !Array.isArray(shape) ||
    shape.length > MAX_DIMENSIONS ||
    !shape.every(whole) ||
    !Number.isSafeInteger(sizeOf(shape))
  ) {
    fail(
      `${label}: shape is ${describeValue(shape)}; it must be at most ${MAX_DIMENSIONS} whole numbers`,
      `${name}.shape`,
      shape,
    );
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) {
    fail(
      `${label}: data_offsets is ${describeValue(offsets)}; it must be two whole numbers, begin and end`,
      `${name}.data_offsets`,
      offsets,
    );
  }
  const [begin, end] = offsets as [number, number];
  const bytes = known === null ? OTHER_TYPES[String(dtype)]! : TYPES[known].bytes;
  if (end > dataBytes) {
    fail(
      `${label} ends at byte ${end} of the data; there are ${dataBytes} (truncated?)`,
      `${name}.data_offsets`,
      offsets,
    );
  }
  if (end - begin !== sizeOf(shape) * bytes) {
    fail(
      `${label} has ${end - begin} bytes; ${dtype} [${shape.join(', ')}] needs ${sizeOf(shape) * bytes}`,
      `${name}.data_offsets`,
      offsets,
    );
  }
  return { name, dtype: leftOut ? null : known, shape, begin, end };
}

/** A copy of a tensor's bytes, since they need not be aligned in the file (a Buffer's own slice would not copy). */
function copyTensor({ shape, begin, end }: Description, dtype: TensorType, data: Uint8Array): Tensor {
  return { dtype, shape, data: TYPES[dtype].make(new Uint8Array(data.subarray(begin, end)).buffer) };
}

function parseMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry)) fail(`__metadata__ is ${describeValue(entry)}; it must be an object`, METADATA);
  const metadata = Object.create(null) as Record<string, string>;
  for (const [key, value] of Object.entries(entry)) {
    const field = `${METADATA}.${key}`;
    if (typeof value !== 'string')
      fail(`${clip(field)} is ${describeValue(value)}; it must be a string`, field, value);
    metadata[key] = value;
  }
  return metadata;
}

/** The format wants every byte of the data in exactly one tensor, which also shows a name that is given twice. */
function checkRanges(tensors: readonly Description[], bytes: number): void {
  const gap = (from: number, to: number): never =>
    fail(`bytes ${from} to ${to} of the data belong to no tensor`, 'data_offsets', [from, to]);
  let covered = 0;
  let previous = '';
  for (const { name, begin, end } of tensors.toSorted((a, b) => a.begin - b.begin)) {
    if (begin === end) continue;
    if (begin < covered)
      fail(`tensors '${clip(previous)}' and '${clip(name)}' overlap`, `${name}.data_offsets`, [begin, end]);
    if (begin > covered) gap(covered, begin);
    covered = end;
    previous = name;
  }
  if (covered < bytes) gap(covered, bytes);
}

/**
 * Reads a safetensors file (little-endian; format of huggingface/safetensors), given whole as bytes (a `Buffer` will do).
 * The bytes are not trusted: length, depth and size of the header, JSON, types, shapes and offsets are checked, and the
 * tensors must cover the data without overlap or gap. Only then are the tensors copied, so that reading takes at most
 * twice the file (F16 and BF16 become single precision) and some 100 MB for a header at its limit (16 MiB, 100,000
 * tensors, names of 1,000 characters). Throws TenasError SAFETENSORS_INVALID.
 */
export function readSafetensors(bytes: Uint8Array, options: ReadSafetensorsOptions = {}): Safetensors {
  const { header, data } = parseHeader(bytes);
  const described: Description[] = [];
  let metadata = Object.create(null) as Record<string, string>;
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) metadata = parseMetadata(entry);
    else described.push(parseTensor(name, entry, data.length, options.leaveOut?.(name) ?? false));
  }
  checkRanges(described, data.length);
  const tensors = new Map<string, Tensor>();
  for (const tensor of described)
    if (tensor.dtype !== null) tensors.set(tensor.name, copyTensor(tensor, tensor.dtype, data));
  const leftOut = described.filter(({ dtype }) => dtype === null).map(({ name }) => name);
  return { tensors, leftOut, metadata };
}

function checkWritable(name: string, { dtype, shape, data }: Tensor): void {
  const label = `tensor '${clip(name)}'`;
  if (name === METADATA) fail(`${label}: the format keeps this name for its metadata`, name);
  checkName(name);
  const array = Object.hasOwn(TYPES, dtype) ? TYPES[dtype].array : null;
  if (!array)
    fail(`${label}: dtype is ${describeValue(dtype)}, which is not written`, `${name}.dtype`, dtype);
  if (!(data instanceof array))
    fail(`${label}: dtype ${dtype} needs its data in a ${array.name}`, `${name}.data`);
  if (sizeOf(shape) !== data.length) {
    fail(
      `${label}: ${data.length} values do not make the shape ${describeValue(shape)}`,
      `${name}.shape`,
      shape,
    );
  }
}

/**
 * Writes tensors as a safetensors file, in the given order; the data begins at a multiple of 8 bytes. F16 and BF16 are not
 * written. Throws TenasError SAFETENSORS_INVALID for data that does not fit its dtype or shape, and for more than
 * `readSafetensors` would read.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  if (tensors.size > MAX_TENSORS)
    fail(`${tensors.size} tensors are too many; a file has at most ${MAX_TENSORS}`, 'tensors', tensors.size);
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : [];
  let offset = 0;
  for (const [name, tensor] of tensors) {
    checkWritable(name, tensor);
    const end = offset + tensor.data.byteLength;
    header.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  if (headerBytes > MAX_HEADER_BYTES)
    fail(
      `the header would have ${headerBytes} bytes; a file has at most ${MAX_HEADER_BYTES}`,
      'header length',
    );
  const out = new Uint8Array(HEADER_LENGTH_BYTES + headerBytes + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes), true);
  out.set(text, HEADER_LENGTH_BYTES);
  // The format allows spaces after the JSON.
  out.fill(0x20, HEADER_LENGTH_BYTES + text.length, HEADER_LENGTH_BYTES + headerBytes);
  let position = HEADER_LENGTH_BYTES + headerBytes;
  for (const { data } of tensors.values()) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return out;
}
