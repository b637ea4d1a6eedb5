import type { ActivationFunction } from '@tenas/graph';
import type { NetworkReading } from '../network-reading.js';
import type { OnnxNode } from '../onnx-node.js';
import type { NetworkValue } from '../value.js';
import type { Operator } from './operator.js';

/** Functions whose values are never below 0. */
const NON_NEGATIVE: readonly ActivationFunction[] = ['relu6', 'sigmoid', 'hardSigmoid'];

/** A function of each value of an input. */
export function putActivation(
  node: OnnxNode,
  reading: NetworkReading,
  name: ActivationFunction,
  value: NetworkValue,
): void {
  const made = {
    op: 'activation',
    input: value.node,
    function: name,
    nonNegative: NON_NEGATIVE.includes(name),
  } as const;
  const id = reading.add(node, made, (own) => reading.builder.activation(value.node, name, own));
  reading.put(node, { ...value, node: id });
}

function putRelu(node: OnnxNode, reading: NetworkReading): void {
  const value = reading.network(node);
  const made = reading.add(node, { op: 'relu', input: value.node, nonNegative: true }, (name) =>
    reading.builder.relu(value.node, name),
  );
  reading.put(node, { ...value, node: made });
}

export const relu: Operator = { attributes: [], read: putRelu };

/** Clip from 0 to 6 is ReLU6, Clip from 0 is ReLU. PyTorch writes ReLU6 as both, one after the other. */
export const clipOperator: Operator = {
  attributes: ['min', 'max'],
  read(node, reading) {
    const bound = (name: string, input: number, fallback: number) => {
      const given = reading.numbers(node, input)?.values[0];
      return typeof given === 'number' ? given : node.float(name, fallback);
    };
    const low = bound('min', 1, -LARGEST);
    const high = bound('max', 2, LARGEST);
    const value = reading.network(node);
    const { op, input = value.node, nonNegative } = reading.made(value.node);
    const fromZero = low === 0 || (low < 0 && nonNegative);
    if (fromZero && high === 6) {
      putActivation(node, reading, 'relu6', op === 'relu' ? { ...value, node: input } : value);
    } else if (fromZero && high >= LARGEST) putRelu(node, reading);
    else node.refuse('the bounds', [low, high], '[0, 6], or 0 without an upper one');
  },
};

/** Largest finite number in single precision, the default bound of Clip. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

export const sigmoid: Operator = {
  attributes: [],
  read: (node, reading) => putActivation(node, reading, 'sigmoid', reading.network(node)),
};

export const hardSigmoid: Operator = {
  attributes: ['alpha', 'beta'],
  read(node, reading) {
    const [slope, shift] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
    if (Math.fround(slope) !== Math.fround(1 / 6)) node.refuse('alpha', slope, '1/6');
    if (shift !== 0.5) node.refuse('beta', shift, '0.5');
    putActivation(node, reading, 'hardSigmoid', reading.network(node));
  },
};

export const hardSwish: Operator = {
  attributes: [],
  read: (node, reading) => putActivation(node, reading, 'hardSwish', reading.network(node)),
};

export const swish: Operator = {
  attributes: ['alpha'],
  read(node, reading) {
    if (node.float('alpha', 1) !== 1) node.refuse('alpha', node.float('alpha', 1), '1');
    putActivation(node, reading, 'swish', reading.network(node));
  },
};

/** Operators that do nothing outside of training, or nothing at all. */
export const identity: Operator = {
  attributes: ['ratio', 'seed'],
  read: (node, reading) => reading.put(node, reading.network(node)),
};

/** A change of the type of numbers: the engine has one. */
export const cast: Operator = {
  attributes: ['to', 'saturate', 'round_mode'],
  read(node, reading) {
    const to = node.int('to', 0);
    if (![FLOAT, FLOAT16, DOUBLE, BFLOAT16].includes(to))
      node.refuse('to', to, 'FLOAT, FLOAT16, DOUBLE or BFLOAT16');
    reading.put(node, reading.network(node));
  },
};

const FLOAT = 1;
const FLOAT16 = 10;
const DOUBLE = 11;
const BFLOAT16 = 16;
