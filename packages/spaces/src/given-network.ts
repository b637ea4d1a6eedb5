import { type Graph, graphCost } from '@tenas/graph';
import type { DatasetShape } from './dataset-shape.js';
import { ownArchitecture } from './own-architecture.js';
import { checkSizeFields, sizeError } from './size-fields.js';
import type { Space } from './space.js';

/** The only architecture of {@link givenNetwork}. */
export interface GivenArchitecture {
  readonly space: string;
}

/** The size of a network that is given: it has no other. */
export interface GivenSize {
  readonly numClasses: number;
  /** Channels, height, width. */
  readonly inputShape: readonly [number, number, number];
}

/** A network, and how it is called. */
export interface GivenNetworkOptions {
  /** Name of the space, for documents. */
  readonly space: string;
  /** The architecture as text, such as the name of a file. */
  readonly text: string;
  /** Without slots, from images to one output per class. */
  readonly graph: Graph;
}

/**
 * A space of one architecture, whose network is given: what takes a space can score, train and export it. It has one
 * size and nothing to choose. It is not made known by `registerSpace`: a name does not say which network it is.
 */
export function givenNetwork({
  space: name,
  text,
  graph,
}: GivenNetworkOptions): Space<GivenArchitecture, GivenSize> {
  const architecture: GivenArchitecture = { space: name };
  const own = (given: GivenArchitecture) => ownArchitecture(name, given);
  const inputShape = graph.nodes[graph.input]!.shape;
  const [numClasses] = graph.nodes[graph.output]!.shape;
  const size: GivenSize = { numClasses, inputShape };
  const sizeFor = ({ height, width }: DatasetShape): GivenSize => {
    requireImages([inputShape[0], height, width]);
    return size;
  };
  const requireImages = (shape: readonly number[]) => {
    if (shape.join() !== inputShape.join())
      throw sizeError('inputShape', shape, `[${inputShape.join(', ')}], as ${text} has it`);
  };
  const network = (given: GivenArchitecture, wanted: GivenSize = size): Graph => {
    own(given);
    checkSizeFields(wanted, Object.keys(size));
    requireImages(wanted.inputShape);
    if (wanted.numClasses !== numClasses)
      throw sizeError('numClasses', wanted.numClasses, `${numClasses}, the outputs of ${text}`);
    return graph;
  };
  return {
    name,
    title: text,
    paper: '',
    decisions: [],
    knownArchitectures: [],
    example: text,
    parse(given) {
      if (given !== text) throw sizeError('architecture', given, `${text}, the only one`);
      return architecture;
    },
    format(given) {
      own(given);
      return text;
    },
    choicesOf: () => ({}),
    fromChoices: () => architecture,
    sizes: { proxy: sizeFor, final: sizeFor },
    network,
    costs: (wanted) => ({ of: (given) => graphCost(network(given, wanted)) }),
    sample: ({ count }) => (count > 0 ? [architecture] : []),
  };
}
