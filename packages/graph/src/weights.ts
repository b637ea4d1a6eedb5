import { clip, TenasError } from '@tenas/base';
import type { TensorData, TensorType } from './safetensors.js';
import { type Graph, type Param, sizeOf } from './types.js';

/** Where each parameter starts in the concatenation of all parameters, and how many values there are in all. */
export function paramOffsets(graph: Graph): { offsets: number[]; total: number } {
  let total = 0;
  const offsets = graph.params.map((param) => {
    const offset = total;
    total += sizeOf(param.shape);
    return offset;
  });
  return { offsets, total };
}

/** Single-precision tensors by parameter name, row-major; `packWeights` takes it. */
export type WeightSet = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

/** A tensor that `packWeights` looks at: one of a safetensors file, or of a `WeightSet`. */
export interface GivenTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
  /** Only for messages. */
  readonly dtype?: TensorType;
}

export interface PackOptions {
  /** Tensors to leave out of the check for extra ones. */
  readonly ignore?: (name: string) => boolean;
  /** Fill parameters that are not given with zeros instead of refusing (partial fixtures). Default false. */
  readonly allowMissing?: boolean;
}

export interface PackedWeights {
  /** All parameters concatenated in `graph.params` order, row-major. */
  readonly data: Float32Array;
  /** Tensors that `ignore` left out. */
  readonly ignored: string[];
  /** Parameters that were not given and filled with zeros, or running statistics filled with their defaults. */
  readonly missing: string[];
}

const LISTED = 10;

function list(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const rest = items.length > LISTED ? [`  ... and ${items.length - LISTED} more`] : [];
  return [`${title}:`, ...items.slice(0, LISTED).map((item) => `  ${clip(item)}`), ...rest];
}

/** 0 for a mean, 1 for a variance: what batch norm starts with. */
const defaultStatistic = (param: Param): number | undefined =>
  param.kind === 'bnRunningMean' ? 0 : param.kind === 'bnRunningVar' ? 1 : undefined;

/**
 * Puts named tensors (F32 or F64, e.g. a `state_dict`) into the order of the graph's parameters. Running statistics that are
 * not given get 0 and 1. Throws TenasError WEIGHTS_INVALID naming missing, extra, misshaped and non-finite tensors (up to
 * 10 of each) and running variances below 0.
 */
export function packWeights(
  graph: Graph,
  tensors: ReadonlyMap<string, GivenTensor>,
  options: PackOptions = {},
): PackedWeights {
  const { offsets, total } = paramOffsets(graph);
  const data = new Float32Array(total);
  const missing: string[] = [];
  const absent: string[] = [];
  const misshaped: string[] = [];
  const notFinite: string[] = [];
  const negative: string[] = [];
  graph.params.forEach((param, index) => {
    const tensor = tensors.get(param.name);
    const target = data.subarray(offsets[index], offsets[index]! + sizeOf(param.shape));
    if (!tensor) {
      const statistic = defaultStatistic(param);
      if (statistic !== undefined) target.fill(statistic);
      if (statistic !== undefined || options.allowMissing) missing.push(param.name);
      else absent.push(`${param.name} [${param.shape.join(', ')}]`);
      return;
    }
    if (!(tensor.data instanceof Float32Array || tensor.data instanceof Float64Array)) {
      misshaped.push(
        `${param.name}: dtype is ${tensor.dtype ?? tensor.data.constructor.name}; it must be F32 or F64`,
      );
    } else if (tensor.shape.join() !== param.shape.join()) {
      misshaped.push(
        `${param.name}: shape is [${tensor.shape.join(', ')}]; it must be [${param.shape.join(', ')}]`,
      );
    } else {
      target.set(tensor.data);
      const bad = target.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) notFinite.push(`${param.name}: value ${bad} is ${target[bad]}`);
      const below = param.kind === 'bnRunningVar' ? target.findIndex((value) => value < 0) : -1;
      if (below >= 0) negative.push(`${param.name}: value ${below} is ${target[below]}`);
    }
  });
  const known = new Set(graph.params.map((param) => param.name));
  const unknown = [...tensors.keys()].filter((name) => !known.has(name));
  const ignored = unknown.filter((name) => options.ignore?.(name));
  const passed = new Set(ignored);
  const extra = unknown.filter((name) => !passed.has(name));
  const problems = [
    ...list('missing tensors (name and shape that the network has)', absent),
    ...list('extra tensors that the network does not have', extra),
    ...list('tensors of the wrong shape or type', misshaped),
    ...list('tensors with values that are not finite (in single precision)', notFinite),
    ...list('running variances with negative values', negative),
  ];
  if (problems.length > 0) {
    throw new TenasError('WEIGHTS_INVALID', `the weights do not fit the network\n${problems.join('\n')}`, {
      field: 'weights',
    });
  }
  return { data, ignored, missing };
}

/**
 * The parameters under their names, in `graph.params` order: what `writeSafetensors` takes. The values are views of `data`.
 * @param data all parameters concatenated, as {@link packWeights} returns them
 */
export function unpackWeights(
  graph: Graph,
  data: Float32Array,
): Map<string, { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }> {
  const { offsets } = paramOffsets(graph);
  return new Map(
    graph.params.map(({ id, name, shape }) => {
      const start = offsets[id]!;
      return [name, { dtype: 'F32', shape, data: data.subarray(start, start + sizeOf(shape)) }];
    }),
  );
}
