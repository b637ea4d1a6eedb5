import type { NetworkReading } from '../network-reading.js';
import type { NetworkValue } from '../value.js';
import { putActivation } from './activations.js';
import type { Operator } from './operator.js';

/** A sum of values of one shape. */
export const add: Operator = {
  attributes: [],
  read(node, reading) {
    const terms = node.inputs.map((_, input) => reading.network(node, input));
    const first = terms[0] ?? node.invalid('has no input');
    const shape = reading.shapeOf(first.node);
    for (const { node: term, dims } of terms) {
      if (dims.join() !== first.dims.join() || reading.shapeOf(term).join() !== shape.join())
        node.refuse(
          'the shapes of the inputs',
          terms.map((one) => one.dims),
          'equal ones',
        );
    }
    const inputs = terms.map((term) => ({ input: term.node }));
    const nonNegative = terms.every((term) => reading.made(term.node).nonNegative);
    const made = reading.add(node, { op: 'mix', nonNegative }, (name) =>
      reading.builder.mix(inputs, { name }),
    );
    reading.put(node, { ...first, node: made });
  },
};

/** A map times one value for each of its channels; x times sigmoid(x) is swish. */
export const mul: Operator = {
  attributes: [],
  read(node, reading) {
    const [a, b] = [reading.network(node, 0), reading.network(node, 1)];
    const gated = gatedFunction(reading, a, b) ?? gatedFunction(reading, b, a);
    if (gated !== undefined) {
      putActivation(node, reading, gated.function, gated.value);
      return;
    }
    const [input, factor] = isFactor(reading, b, a) ? [a, b] : [b, a];
    if (!isFactor(reading, factor, input))
      node.refuse(
        'the shapes of the inputs',
        [a.dims, b.dims],
        '[C, H, W] and [C, 1, 1]: a factor for each channel',
      );
    const nonNegative = [input, factor].every((value) => reading.made(value.node).nonNegative);
    const made = reading.add(node, { op: 'scale', nonNegative }, (name) =>
      reading.builder.scale(input.node, factor.node, name),
    );
    reading.put(node, { ...input, node: made });
  },
};

/** The function that a value times a gate of its own is. */
function gatedFunction(reading: NetworkReading, value: NetworkValue, gate: NetworkValue) {
  const made = reading.made(gate.node);
  if (made.op !== 'activation' || made.input !== value.node || value.dims.join() !== gate.dims.join())
    return undefined;
  if (made.function === 'sigmoid') return { function: 'swish', value } as const;
  return made.function === 'hardSigmoid' ? ({ function: 'hardSwish', value } as const) : undefined;
}

/** Whether a value is one factor for each channel of another. */
function isFactor(reading: NetworkReading, factor: NetworkValue, of: NetworkValue): boolean {
  const [channels] = reading.shapeOf(of.node);
  const [factors, height, width] = reading.shapeOf(factor.node);
  const flat = of.dims.length === 1;
  return (
    factors === channels &&
    height === 1 &&
    width === 1 &&
    of.dims[0] === channels &&
    factor.dims.join() === (flat ? [channels] : [channels, ...of.dims.slice(1).map(() => 1)]).join()
  );
}

/** Channels of several maps, one after the other. */
export const concat: Operator = {
  attributes: ['axis'],
  read(node, reading) {
    const parts = node.inputs.map((_, input) => reading.network(node, input));
    const [first] = parts;
    if (first === undefined) return node.invalid('has no input');
    const axis = node.int('axis', 1);
    if (axis !== 1 && axis !== -first.dims.length) node.refuse('axis', axis, '1: the channels');
    for (const { node: part, dims } of parts) {
      if (dims.length !== first.dims.length || dims[0] !== reading.shapeOf(part)[0])
        node.refuse(
          'the shapes of the inputs',
          parts.map((one) => one.dims),
          'maps of channels',
        );
    }
    const ids = parts.map((part) => part.node);
    const nonNegative = ids.every((id) => reading.made(id).nonNegative);
    const made = reading.add(node, { op: 'concat', nonNegative }, (name) =>
      reading.builder.concat(ids, name),
    );
    reading.put(node, {
      kind: 'network',
      node: made,
      dims: [reading.shapeOf(made)[0], ...first.dims.slice(1)],
    });
  },
};
