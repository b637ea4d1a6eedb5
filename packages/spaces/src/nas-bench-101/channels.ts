import { type NasBench101Architecture, reads } from './spec.js';

/** Channels of the vertices of a module. */
export interface VertexChannels {
  /** By vertex. The output's are those of the module, the input's are not used. */
  readonly channels: readonly number[];
  /** Whether a vertex's last channel has to be written apart: some reader takes all channels but it. */
  readonly cut: readonly boolean[];
}

/**
 * The channels of the vertices, as the benchmark's `compute_vertex_channels` divides them: those that the output joins
 * share its channels, the first ones get one more where that does not come out even; each other vertex has as many as its
 * largest reader. A reader of a vertex with one channel more leaves out the last one.
 *
 * @param outChannels of the module, at least as many as vertices that the output joins
 */
export function vertexChannels(module: NasBench101Architecture, outChannels: number): VertexChannels {
  const output = module.matrix.length - 1;
  const inner = Array.from({ length: output - 1 }, (_, index) => index + 1);
  const joined = inner.filter((vertex) => reads(module, output, vertex));
  const channels = module.matrix.map(() => 0);
  channels[output] = outChannels;
  for (const [place, vertex] of joined.entries()) {
    channels[vertex] =
      Math.floor(outChannels / joined.length) + (place < outChannels % joined.length ? 1 : 0);
  }
  const cut = module.matrix.map(() => false);
  for (const vertex of inner.toReversed()) {
    const readers = inner.filter((to) => to > vertex && reads(module, to, vertex));
    if (!joined.includes(vertex)) channels[vertex] = Math.max(...readers.map((to) => channels[to]!));
    cut[vertex] = readers.some(
      (to) => channels[to]! < channels[vertex]! || (module.ops[to - 1] === 'maxpool3x3' && cut[to]),
    );
  }
  return { channels, cut };
}
