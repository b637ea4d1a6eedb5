import type { NodeId } from '@tenas/graph';
import type { StoredTensor } from './stored-tensor.js';

/** A size of the batch, which is open, in a computed shape. */
export const BATCH_SIZE = 'N';

/** A whole number that a model computes its shapes with. */
export type ShapeNumber = number | typeof BATCH_SIZE;

/** Numbers that are known without running the model, such as shapes. */
export interface NumbersValue {
  readonly kind: 'numbers';
  readonly dims: readonly number[];
  readonly values: readonly ShapeNumber[];
  /** Whether a division truncates. */
  readonly integer: boolean;
}

/** What the network computes from its images: the values of a node of the graph. */
export interface NetworkValue {
  readonly kind: 'network';
  readonly node: NodeId;
  /** Dimensions after the batch, of as many values as the node has, in the same order: [C, H, W], [F], [groups, C, H, W]. */
  readonly dims: readonly number[];
}

/** A constant: an initializer or the value of a Constant node. */
export interface TensorValue {
  readonly kind: 'tensor';
  readonly tensor: StoredTensor;
}

/** Zeros for each image, whatever it shows: a model gets them so, as it knows the batch size by its images alone. */
export interface ZerosValue {
  readonly kind: 'zeros';
  /** Dimensions after the batch. */
  readonly dims: readonly number[];
}

/** A value in a model. */
export type Value = NumbersValue | NetworkValue | TensorValue | ZerosValue;
