import type { Graph } from '@tenas/graph';

/** The code of one architecture of a space whose cells have classes that people know. */
export interface ReadableNetwork {
  /** Lines that assign the architecture and its size. */
  readonly constants: readonly string[];
  /** Names of files in the folder `python` with the classes, the last one `Network`. */
  readonly pieces: readonly string[];
  /** Whether `Network` takes `auxiliary` and has `drop_path_prob`. */
  readonly auxiliary: boolean;
}

/** Reads an architecture's text, and the size of the network off its graph. */
export type ReadableSpace = (genotype: string, graph: Graph) => ReadableNetwork;

/** The first dimension of a parameter: the output channels of a convolution. */
export function outputsOf(graph: Graph, parameter: string): number {
  return graph.params.find(({ name }) => name === parameter)!.shape[0]!;
}

/** Lines that every network has: classes and the channels of an image. */
export function commonConstants(graph: Graph): string[] {
  return [
    `NUM_CLASSES = ${outputsOf(graph, 'classifier.weight')}`,
    `IN_CHANNELS = ${graph.nodes[graph.input]!.shape[0]}`,
  ];
}
