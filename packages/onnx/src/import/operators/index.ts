import { cast, clipOperator, hardSigmoid, hardSwish, identity, relu, sigmoid, swish } from './activations.js';
import { batchNormalization, conv, gemm, matMul } from './layers.js';
import type { Operator } from './operator.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduceMean } from './pools.js';
import { gather, pad, slice, split } from './selections.js';
import { add, concat, mul } from './sums.js';
import { flatten, reshape, squeeze, transpose, unsqueeze } from './views.js';

/** The operators that compute something of images, by their names. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: add,
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: cast,
  Clip: clipOperator,
  Concat: concat,
  Conv: conv,
  Dropout: identity,
  Flatten: flatten,
  Gather: gather,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Identity: identity,
  MatMul: matMul,
  MaxPool: maxPool,
  Mul: mul,
  Pad: pad,
  ReduceMean: reduceMean,
  Relu: relu,
  Reshape: reshape,
  Sigmoid: sigmoid,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Sum: add,
  Swish: swish,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};

/** Names of the operators that are read. */
export const OPERATOR_NAMES: readonly string[] = Object.keys(OPERATORS);

/** An operator by its name, if it is read. */
export function operatorOf(name: string): Operator | undefined {
  return Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
}
