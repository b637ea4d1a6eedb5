import type { NetworkReading } from './network-reading.js';
import type { OnnxNode } from './onnx-node.js';
import { plainNumbers } from './shape-numbers.js';

/**
 * Reads a node that makes zeros for each image: the place of the largest of one value, as another type, times a matrix,
 * as a map. Our exports have them so. @returns whether it is one
 */
export function readZeros(node: OnnxNode, reading: NetworkReading): boolean {
  const value = node.inputs.length === 0 ? undefined : reading.value(node, 0);
  if (node.opType === 'ArgMax') {
    const isOne = value?.kind === 'network' && value.dims.join() === '1';
    if (!isOne || node.int('axis', 0) !== 1) return false;
    reading.put(node, { kind: 'zeros', dims: [1] });
    return true;
  }
  if (value?.kind !== 'zeros') return false;
  switch (node.opType) {
    case 'Cast':
      reading.put(node, value);
      return true;
    case 'Gemm': {
      if (node.inputs.length > 2) node.refuse('the number of inputs', node.inputs.length, '2 for zeros');
      const { dims } = reading.tensor(node, 1);
      reading.put(node, { kind: 'zeros', dims: [dims[node.int('transB', 0) === 1 ? 0 : 1] ?? 1] });
      return true;
    }
    case 'Reshape': {
      const shape = reading.numbers(node, 1) ?? node.invalid('has no shape');
      const [batch, channels, height, width, ...more] = plainNumbers(node, shape);
      const sizes = [channels, height, width];
      if (batch !== 0 || more.length > 0 || !sizes.every((size) => size !== undefined && size > 0))
        node.refuse('the shape', shape.values, '[0, channels, height, width]');
      makeZeros(node, reading, sizes as [number, number, number]);
      return true;
    }
    default:
      return node.refuse('input 0', 'zeros', 'what layers make');
  }
}

/** A node of the network that is zeros. */
export function makeZeros(
  node: OnnxNode,
  reading: NetworkReading,
  dims: readonly [number, number, number],
): void {
  const made = reading.add(node, { op: 'mix', nonNegative: true }, (name) =>
    reading.builder.mix([], { name, shape: dims }),
  );
  reading.put(node, { kind: 'network', node: made, dims });
}
