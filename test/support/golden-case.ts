import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Graph, packWeights, readSafetensors, type Shape } from '@tenas/graph';
import type { NativeInfo } from '@tenas/native';
import { flatDomain, getSpace, type NestedDomain, requireSupernet } from '@tenas/spaces';

const shared = process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));

/** The fixtures of a folder beside the repository, and what to add to a test's title where there are none. */
export function goldenFiles(name: string, prefix = '') {
  const folder = join(shared, name);
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => file.startsWith(prefix) && file.endsWith('.safetensors'))
    : [];
  const note = files.length > 0 ? '' : ` (skipped: no fixtures in ${folder}; set TENAS_SHARED)`;
  return { folder, files, note };
}

/** The part of a fixture's description that builds its network; `Case` has what the test reads beside it. */
export interface GoldenNetwork {
  readonly space: string;
  readonly kind: 'supernet' | 'architecture';
  readonly architecture: string;
  readonly active: NestedDomain;
  readonly batch_size: number;
  readonly params: {
    C: number;
    N: number;
    depth?: number;
    use_stem?: boolean;
    stem_multiplier?: number;
    num_classes: number;
  };
}

/** Reads a fixture and builds its network, mixing coefficients and weights. */
export function loadGolden<Case extends object>(folder: string, file: string) {
  const { tensors, metadata } = readSafetensors(readFileSync(join(folder, file)));
  const c = JSON.parse(metadata.case!) as GoldenNetwork & Case;
  const space = getSpace(c.space);
  const input = tensors.get('input')!;
  const { C, N, depth, use_stem, stem_multiplier, num_classes: numClasses } = c.params;
  const config = {
    C,
    N,
    numClasses,
    inputShape: input.shape.slice(-3) as unknown as Shape,
    depth,
    useStem: use_stem,
    stemMultiplier: stem_multiplier,
  };
  const supernet = c.kind === 'supernet' ? requireSupernet(space, 'the fixture').build(config) : undefined;
  const graph: Graph = supernet?.graph ?? space.network(space.parse(c.architecture), config);
  const candidate = supernet?.coefficients(flatDomain(c.active)) ?? new Float64Array(0);
  const given = new Set(graph.params.map((param) => param.name));
  const weights = packWeights(graph, tensors, {
    allowMissing: true,
    ignore: (name) => !given.has(name),
  }).data;
  const expected = (name: string) => tensors.get(`expected.${name}`)!.data as Float64Array;
  return { c, tensors, graph, candidate, weights, inputs: input.data as Float32Array, expected };
}

/** Values [edges, ops] per cell type as one value per slot of a supernet, in the order of its slots. */
export function bySlot(graph: Graph, table: (type: string) => ArrayLike<number>, ops: readonly string[]) {
  const edges = new Map<string, string[]>();
  const names = graph.slots.map((slot) => {
    const end = slot.lastIndexOf('/');
    return { decision: slot.slice(0, end), op: slot.slice(end + 1) };
  });
  for (const { decision } of names) {
    const [type = '', edge = ''] = decision.split('/');
    const known = edges.get(type) ?? edges.set(type, []).get(type)!;
    if (!known.includes(edge)) known.push(edge);
  }
  const byNumber = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
  for (const list of edges.values()) list.sort(byNumber);
  return Float64Array.from(names, ({ decision, op }) => {
    const [type = '', edge = ''] = decision.split('/');
    const place = edges.get(type)!.indexOf(edge) * ops.length + ops.indexOf(op);
    return table(type)[place]!;
  });
}

/** |got - wanted| / |wanted|, Euclidean. */
export function relativeFrobenius(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < wanted.length; i++) {
    difference += (got[i]! - wanted[i]!) ** 2;
    norm += wanted[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** Every kernel set of this machine, the double build and the reference engine. */
export const goldenEngines = (info: NativeInfo) => [...info.availableIsas, 'double', 'reference'] as const;
