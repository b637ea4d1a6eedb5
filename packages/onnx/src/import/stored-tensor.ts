import { endianness } from 'node:os';
import { TenasError } from '@tenas/base';
import { bfloatToSingle, halfToSingle } from '@tenas/graph';
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType } from 'onnx-buf';
import { shownName } from './onnx-node.js';

/** A constant of a model: an initializer, or the value of a Constant node. */
export interface StoredTensor {
  /** Under which it is read; that of the value where an Identity copies a tensor. */
  readonly name: string;
  readonly dims: readonly number[];
  readonly proto: TensorProto;
}

/** Where the values of a tensor lie in a file beside the model. */
export interface ExternalPiece {
  /** Path of the file, relative to the folder of the model. */
  readonly location: string;
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Most values of one tensor: more the engine does not take. */
const MOST_VALUES = 2 ** 28;
const MOST_DIMS = 8;

const { FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT32, INT64 } = TensorProto_DataType;

/** Bytes of a value, of the types that are read. */
const WIDTHS: ReadonlyMap<number, number> = new Map([
  [FLOAT, 4],
  [FLOAT16, 2],
  [BFLOAT16, 2],
  [DOUBLE, 8],
  [INT32, 4],
  [INT64, 8],
]);

function refused(code: string, name: string, problem: string): TenasError {
  return new TenasError(code, `tensor '${shownName(name)}': ${problem}`, { field: name });
}

/** A tensor by its dimensions. @throws TenasError ONNX_INVALID, ONNX_UNSUPPORTED for a type or size that is not read */
export function storedTensor(proto: TensorProto, name = proto.name): StoredTensor {
  const dims = proto.dims.map(Number);
  const sound = dims.length <= MOST_DIMS && dims.every((dim) => dim >= 0 && dim <= MOST_VALUES);
  if (!sound || count(dims) > MOST_VALUES)
    throw refused(
      'ONNX_UNSUPPORTED',
      name,
      `shape is [${dims.slice(0, 9)}]; it must have at most 2^28 values`,
    );
  if (proto.segment !== undefined) throw refused('ONNX_UNSUPPORTED', name, 'it is one of several segments');
  return { name, dims, proto };
}

function count(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

function isExternal({ proto }: StoredTensor): boolean {
  return proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
}

/** Whether the tensor holds whole numbers. */
export function isInteger({ proto }: StoredTensor): boolean {
  return proto.dataType === INT32 || proto.dataType === INT64;
}

/**
 * Where the tensor lies outside of the model; undefined: it lies in it.
 * @throws TenasError ONNX_INVALID; ONNX_UNSUPPORTED for a path that leaves the folder of the model
 */
export function externalPiece(tensor: StoredTensor): ExternalPiece | undefined {
  if (!isExternal(tensor)) return undefined;
  const { name, proto } = tensor;
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  const inside =
    location !== '' &&
    location.length <= 1024 &&
    !/[\\:\0]/.test(location) &&
    location.split('/').every((part) => part !== '' && part !== '..');
  if (!inside)
    throw refused(
      'ONNX_UNSUPPORTED',
      name,
      `its file is ${shownName(location) || 'not named'}; it must lie beside the model`,
    );
  const wanted = bytesOf(tensor);
  const offset = number(tensor, entries.get('offset') ?? '0');
  const length = number(tensor, entries.get('length') ?? String(wanted));
  if (length !== wanted)
    throw refused('ONNX_INVALID', name, `has ${length} bytes; its shape needs ${wanted}`);
  return { location, offset, length };
}

function number({ name }: StoredTensor, text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value))
    throw refused('ONNX_INVALID', name, 'offset and length of its data must be whole numbers');
  return value;
}

function widthOf({ name, proto }: StoredTensor): number {
  const width = WIDTHS.get(proto.dataType);
  if (width !== undefined) return width;
  throw refused(
    'ONNX_UNSUPPORTED',
    name,
    `its type is ${TensorProto_DataType[proto.dataType] ?? proto.dataType}; supported are FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT32 and INT64`,
  );
}

function bytesOf(tensor: StoredTensor): number {
  return widthOf(tensor) * count(tensor.dims);
}

/**
 * Checks that a tensor has the values that its shape says, without reading them.
 * @throws TenasError ONNX_INVALID, ONNX_UNSUPPORTED
 */
export function checkStored(tensor: StoredTensor): void {
  if (externalPiece(tensor) !== undefined) return;
  const { name, proto } = tensor;
  const wanted = count(tensor.dims);
  const width = widthOf(tensor);
  const listed = listOf(proto);
  const found = listed.length > 0 ? listed.length : proto.rawData.length / width;
  if (found !== wanted)
    throw refused('ONNX_INVALID', name, `holds ${found} values; its shape needs ${wanted}`);
}

/** The values that are stored one by one. */
function listOf({
  dataType,
  floatData,
  doubleData,
  int32Data,
  int64Data,
}: TensorProto): readonly (number | bigint)[] {
  switch (dataType) {
    case FLOAT:
      return floatData;
    case DOUBLE:
      return doubleData;
    case INT64:
      return int64Data;
    default:
      return int32Data;
  }
}

/**
 * The values as numbers.
 * @param external bytes of a tensor that lies outside of the model
 * @throws TenasError ONNX_INVALID, ONNX_UNSUPPORTED
 */
export function valuesOf(
  tensor: StoredTensor,
  external?: Uint8Array | undefined,
): Float64Array | Float32Array {
  checkStored(tensor);
  const { name, proto } = tensor;
  const { dataType } = proto;
  const half = dataType === FLOAT16 || dataType === BFLOAT16;
  const listed = external === undefined ? listOf(proto) : [];
  if (listed.length > 0) {
    return Float64Array.from(listed, (value) => (half ? widened(dataType, Number(value)) : Number(value)));
  }
  const raw = external ?? proto.rawData;
  if (raw.length !== bytesOf(tensor))
    throw refused('ONNX_INVALID', name, `has ${raw.length} bytes; its shape needs ${bytesOf(tensor)}`);
  if (dataType === FLOAT && endianness() === 'LE') return new Float32Array(new Uint8Array(raw).buffer);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const width = widthOf(tensor);
  return Float64Array.from({ length: raw.length / width }, (_, place) => {
    const at = place * width;
    switch (dataType) {
      case FLOAT:
        return view.getFloat32(at, true);
      case DOUBLE:
        return view.getFloat64(at, true);
      case INT64:
        return Number(view.getBigInt64(at, true));
      case INT32:
        return view.getInt32(at, true);
      default:
        return widened(dataType, view.getUint16(at, true));
    }
  });
}

function widened(dataType: number, bits: number): number {
  return dataType === BFLOAT16 ? bfloatToSingle(bits) : halfToSingle(bits & 0xffff);
}
