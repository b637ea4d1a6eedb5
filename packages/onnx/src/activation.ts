import type { ActivationFunction } from '@tenas/graph';
import type { Attribute } from './model-writer.js';

/** An activation function in ONNX: an operator, whose result the input is multiplied by or not. */
export interface OnnxActivation {
  readonly opType: string;
  /** Constants that the operator reads after its input. */
  readonly bounds: readonly number[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly timesInput: boolean;
}

/** The operators of an activation function; every opset that the exporter writes has them. */
export function activationOf(name: ActivationFunction): OnnxActivation {
  const plain = (opType: string): OnnxActivation => ({
    opType,
    bounds: [],
    attributes: {},
    timesInput: false,
  });
  switch (name) {
    case 'relu6':
      return { ...plain('Clip'), bounds: [0, 6] };
    case 'hardSwish':
      return plain('HardSwish');
    case 'hardSigmoid':
      return { ...plain('HardSigmoid'), attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.5 } } };
    case 'sigmoid':
      return plain('Sigmoid');
    case 'swish':
      return { ...plain('Sigmoid'), timesInput: true };
  }
}
