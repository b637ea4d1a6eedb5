import type { Graph, GraphCost } from '@tenas/graph';

/** A network whose operations are switched by mixing coefficients. */
export interface ScorableSupernet<Active> {
  readonly graph: Graph;
  coefficients(active: Active): Float64Array;
}

/** Classes of a dataset, and rows and columns of its images. */
interface ImagesOf {
  readonly classes: number;
  readonly height: number;
  readonly width: number;
}

/**
 * What scoring needs of a search space. The spaces of @tenas/spaces fit; so does anything that can say which
 * operations an architecture leaves active in a supernet.
 *
 * @typeParam A architecture
 * @typeParam Active set of active operations
 * @typeParam Size size of a supernet
 * @typeParam FinalSize size of the network to train
 */
export interface ScorableSpace<A, Active, Size, FinalSize> {
  readonly name: string;
  parse(text: string): A;
  format(architecture: A): string;
  activeOf(architecture: A): Active;
  supernet(size: Size): ScorableSupernet<Active>;
  ntkNetwork(images: ImagesOf): Size;
  regionNetwork(images: ImagesOf): Size;
  costs(size: FinalSize): { of(architecture: A): GraphCost };
  finalNetwork(dataset: string | ImagesOf): FinalSize;
}
