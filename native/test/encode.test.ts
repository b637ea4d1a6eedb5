import { type Graph, GraphBuilder, PARAM_KINDS, validateGraph } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedGraph } from '../../test/support/changed-graph.js';
import { tenasErrorOf, unlessRefused } from '../../test/support/expect-tenas-error.js';
import { randomGraph } from '../../test/support/random-graph.js';
import { encodeGraph, paramKey } from '../ts/encode.js';
import { decodeGraph } from './support/decode-graph.js';

describe('paramKey', () => {
  // Test vectors of the FNV authors.
  it.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
  ])('is 64-bit FNV-1a of %j', (name, key) => {
    expect(paramKey(name)).toBe(key);
  });

  it('hashes the UTF-8 bytes of a name', () => {
    let hash = 0xcbf29ce484222325n;
    for (const byte of Buffer.from('é→', 'utf8'))
      hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
    expect(paramKey('é→')).toBe(hash);
  });
});

describe('encodeGraph', () => {
  it('writes header, nodes and parameters word by word', () => {
    const builder = new GraphBuilder();
    const input = builder.input([2, 5, 4]);
    const conv = builder.conv2d(input, {
      name: 'c',
      outChannels: 4,
      kernel: [3, 1],
      stride: [2, 1],
      padding: [1, 0],
      groups: 2,
    });
    const mixed = builder.mix([{ input: conv, slot: builder.slot('s') }, { input: conv }]);
    const words = encodeGraph(builder.build(mixed));
    const key = paramKey('c.weight');
    const node = [
      ...[0, 5, 2, 5, 4],
      ...[1, 17, 4, 3, 4, 0, 0, -1, 3, 1, 2, 1, 1, 0, 1, 1, 2],
      ...[7, 10, 4, 3, 4, 2, 1, 0, 1, -1],
    ];
    const param = [
      0,
      1,
      4,
      4,
      1,
      3,
      1,
      Number(BigInt.asIntN(32, key)),
      Number(BigInt.asIntN(32, key >> 32n)),
    ];
    const header = [0x544e4153, 1, 3, 1, 1, 0, 2, 8 + node.length + param.length];
    expect([...words]).toEqual([...header, ...node, ...param]);
  });

  it('keeps eps to the last bit', () => {
    fc.assert(
      fc.property(fc.double({ min: 5e-324, max: 1e300, noNaN: true }), (eps) => {
        const builder = new GraphBuilder();
        const graph = builder.build(builder.batchNorm(builder.input([1, 2, 2]), { name: 'bn', eps }));
        const payload = Int32Array.from(decodeGraph(encodeGraph(graph)).nodes[1]!.payload.slice(5, 7));
        expect(new DataView(payload.buffer).getFloat64(0, true)).toBe(eps);
      }),
    );
  });

  it('puts exactly the parameters whose name contains "weight" into the NTK, never running statistics', () => {
    const builder = new GraphBuilder();
    const norm = builder.batchNorm(builder.input([1, 2, 2]), { name: 'weighted.bn' });
    const { params } = decodeGraph(encodeGraph(builder.build(norm)));
    expect(params.map((param) => param.inNtk)).toEqual([1, 1, 0, 0]);
  });

  it('refuses a graph that does not hold together', () => {
    const builder = new GraphBuilder();
    const graph = builder.build(builder.relu(builder.input([1, 2, 2])));
    const broken: Graph = { ...graph, output: 7 };
    expect(tenasErrorOf(() => encodeGraph(broken)).code).toBe('GRAPH_INVALID');
  });

  it('refuses a mix that the output may not need and that is not observed', () => {
    const builder = new GraphBuilder();
    const input = builder.input([1, 2, 2]);
    builder.mix([{ input }], { name: 'unread' });
    const error = tenasErrorOf(() => encodeGraph(builder.build(builder.relu(input))));
    expect(error).toMatchObject({ code: 'GRAPH_INVALID', field: 'unread.observed', value: false });
  });

  it('encodes a mix of very many inputs', () => {
    const builder = new GraphBuilder();
    const input = builder.input([1, 1, 1]);
    const terms = Array.from({ length: 200_000 }, () => ({ input }));
    const words = encodeGraph(builder.build(builder.mix(terms)));
    expect(words.length).toBe(8 + 5 + 6 + 400_000);
  });

  it('encodes or refuses a graph with any place changed', () => {
    fc.assert(
      fc.property(changedGraph(), (other) => {
        unlessRefused(() => {
          validateGraph(other);
          expect(decodeGraph(encodeGraph(other)).nodes).toHaveLength(other.nodes.length);
        });
      }),
      { numRuns: 1500 },
    );
  });

  it('says of random graphs what the graph says', () => {
    fc.assert(
      fc.property(randomGraph({ classifier: 'sometimes' }), ({ graph }) => {
        const { header, nodes, params } = decodeGraph(encodeGraph(graph));
        expect(header.slice(2, 7)).toEqual([
          graph.nodes.length,
          graph.params.length,
          graph.slots.length,
          graph.input,
          graph.output,
        ]);
        expect(nodes.map((node) => node.shape)).toEqual(graph.nodes.map((node) => node.shape));
        expect(params).toEqual(
          graph.params.map(({ kind, shape, name }) => ({
            kind: PARAM_KINDS.indexOf(kind),
            inNtk: /weight/.test(name) ? 1 : 0,
            dims: shape,
            key: paramKey(name),
          })),
        );
        for (const [id, { opcode, payload }] of nodes.entries()) {
          const inputs = readIds(opcode, payload);
          expect(inputs.every((input) => input >= 0 && input < id)).toBe(true);
          expect(nodes[id]!.shape).toEqual(shapeByInputs(id, nodes, inputs));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Ids of the nodes that an encoded node reads. */
function readIds(opcode: number, payload: readonly number[]): number[] {
  if (opcode === 0) return [];
  if (opcode === 7) return payload.slice(1).filter((_, k) => k % 2 === 0);
  if (opcode === 8) return payload.slice(1);
  if (opcode === 12) return payload.slice(0, 2);
  return [payload[0]!];
}

/** Output shape worked out from the encoded fields alone, by counting window positions one by one. */
function shapeByInputs(
  id: number,
  nodes: readonly { opcode: number; shape: readonly number[]; payload: readonly number[] }[],
  inputs: readonly number[],
): readonly number[] {
  const { opcode, shape, payload } = nodes[id]!;
  const [channels, height, width] = (nodes[inputs[0] ?? id]!.shape as [number, number, number]) ?? shape;
  const places = (size: number, kernel: number, stride: number, padding: number, dilation: number) => {
    let count = 0;
    for (let start = -padding; start + dilation * (kernel - 1) < size + padding; start += stride) count++;
    return count;
  };
  switch (opcode) {
    case 1: {
      const [kh, kw, sh, sw, ph, pw, dh, dw] = payload.slice(3) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return [shape[0]!, places(height, kh, sh, ph, dh), places(width, kw, sw, pw, dw)];
    }
    case 4:
    case 5: {
      const [kh, kw, sh, sw, ph, pw] = payload.slice(1) as [number, number, number, number, number, number];
      return [channels, places(height, kh, sh, ph, 1), places(width, kw, sw, pw, 1)];
    }
    case 13: {
      const [count, ...list] = payload.slice(1) as [number, ...number[]];
      expect(list.length).toBe(count);
      return [count, height, width];
    }
    case 6: {
      const [top, bottom, left, right] = payload.slice(1) as [number, number, number, number];
      return [channels, height + top + bottom, width + left + right];
    }
    case 8:
      return [inputs.reduce((sum, input) => sum + nodes[input]!.shape[0]!, 0), height, width];
    case 9:
      return [channels, 1, 1];
    case 10:
      return [shape[0]!, 1, 1];
    default:
      return [channels, height, width];
  }
}
