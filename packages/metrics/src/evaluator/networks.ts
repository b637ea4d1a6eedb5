import { TenasError } from '@tenas/base';
import { type ImageSource, outputsFor, sampleShape } from '@tenas/data';
import { type Graph, sizeOf, withPixelHead } from '@tenas/graph';
import { Program } from '@tenas/native';
import { type Domain, requireSupernet, type Space, type Supernet } from '@tenas/spaces';
import type { NetworkRole, Pass, ShortTraining } from '../metric.js';
import { sizeOfRole } from '../network-size.js';
import { shortTrainingShape, shortTrainingSize } from '../short-training-size.js';
import type { InputsWanted } from './inputs.js';
import { Recent } from './recent.js';

/** The part of a space that the evaluator needs. */
export type ScoredSpace<A extends object> = Pick<
  Space<A>,
  'name' | 'parse' | 'format' | 'skipSpans' | 'network' | 'costs' | 'sizes' | 'supernet'
>;

/** Sizes that take the place of the space's own, by role: of its supernet where that is looked at, else of its networks. */
export type RoleSizes = { readonly [R in NetworkRole]?: ((images: ImageSource) => object) | undefined };

/** A pass with the size of its networks in one space. */
export interface SizedPass extends Pick<InputsWanted, 'inputs'> {
  readonly pass: Pass;
  readonly size: object;
}

/** One network of a space to look at: an architecture, or operations of the supernet that are still open. */
export type Subject<A extends object> = { readonly architecture: A } | { readonly domain: Domain };

/** A compiled network and what to evaluate on it. */
export interface CompiledNetwork {
  readonly graph: Graph;
  readonly program: Program;
  /** Mixing coefficients of each subject. */
  readonly candidates: readonly Float64Array[];
}

/** Subjects that are evaluated in one request. */
export interface Portion {
  /** Places of the subjects among all. */
  readonly places: readonly number[];
  /** Compiled when it is first asked for, and again once it was dropped. */
  open(): CompiledNetwork;
}

/** Compiled networks of single architectures that are kept: so many, or so few that their activations fit this memory. */
const KEPT_PROGRAMS = 32;
const KEPT_BYTES = 2 ** 28;

/** Who builds the network of one architecture: its space, or the networks apart from its supernet. */
type Builder<A extends object> = Pick<ScoredSpace<A>, 'network'>;

interface CompiledGraph {
  readonly graph: Graph;
  readonly program: Program;
}

function compile(graph: Graph): CompiledGraph {
  return { graph, program: Program.compile(graph) };
}

/** Bytes that a program keeps between evaluations of a batch, about: activations and their gradients. */
function weightOf({ nodes }: Graph, batchSize: number): number {
  const activations = nodes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return Math.max(8 * batchSize * activations, KEPT_BYTES / KEPT_PROGRAMS);
}

/** The networks of a space, compiled once each: the supernet of a role, or one network for each architecture. */
export class Networks<A extends object> implements Disposable {
  readonly #space: ScoredSpace<A>;
  readonly #source: ImageSource;
  readonly #sizes: RoleSizes;
  readonly #supernets = new Map<string, CompiledGraph & { readonly supernet: Supernet }>();
  readonly #singles = new Recent<CompiledGraph>(KEPT_BYTES, ({ program }) => program.dispose());
  #disposed = false;

  constructor(space: ScoredSpace<A>, source: ImageSource, sizes: RoleSizes) {
    this.#space = space;
    this.#source = source;
    this.#sizes = sizes;
  }

  /**
   * How large the networks of a pass are.
   *
   * @param metrics names of those that need the pass, for the error
   * @param size default: that of the pass's role
   * @throws TenasError `SPACE_UNFIT` if the space has no such network
   */
  sized(
    pass: Pass,
    metrics: readonly string[],
    size: object = this.#sizeOf(pass.network, metrics),
  ): SizedPass {
    const { inputs } = pass;
    if (inputs.kind === 'noise' && typeof inputs.crop === 'number') {
      return { pass, size: { ...size, inputShape: [3, inputs.crop, inputs.crop] }, inputs };
    }
    if (inputs.kind !== 'crops') return { pass, size, inputs };
    const crop = inputs.crop ?? cropOf(size);
    return { pass, size: { ...size, inputShape: [1, crop, crop] }, inputs: { kind: 'crops', crop } };
  }

  /**
   * The subjects in as few requests as possible: all that the supernet holds in one, else one for each architecture.
   *
   * @throws TenasError `DISPOSED`
   */
  portions({ pass, size }: SizedPass, subjects: readonly Subject<A>[]): Portion[] {
    this.#requireOpen();
    const through = pass.network === 'final' ? undefined : this.#space.supernet;
    const alone: Portion[] = [];
    const together: number[] = [];
    for (const [place, subject] of subjects.entries()) {
      const apart = 'architecture' in subject && through?.apart?.needed(subject.architecture);
      if (through !== undefined && !apart) together.push(place);
      else
        alone.push(this.#portionOf(pass, subject, { place, size, builder: through?.apart ?? this.#space }));
    }
    if (together.length === 0) return alone;
    const open = () => {
      const { supernet, ...compiled } = this.#supernet(pass, size);
      const candidates = together.map((place) => supernet.coefficients(this.#domainOf(subjects[place]!)));
      return { ...compiled, candidates };
    };
    return [{ places: together, open }, ...alone];
  }

  #portionOf(
    pass: Pass,
    subject: Subject<A>,
    { place, size, builder }: { place: number; size: object; builder: Builder<A> },
  ): Portion {
    return {
      places: [place],
      open: () => {
        const compiled = this.#single(pass, subject, size, builder);
        return { ...compiled, candidates: [new Float64Array(compiled.graph.slots.length).fill(1)] };
      },
    };
  }

  /**
   * The network of one architecture in a size that is its own, also where the space has a supernet.
   *
   * @param images that it is trained on
   * @throws TenasError `DISPOSED`; the space's error for a size that it does not have
   */
  single(
    training: ShortTraining,
    subject: Subject<A>,
    images: ImageSource,
  ): Omit<CompiledNetwork, 'candidates'> {
    this.#requireOpen();
    const { network, batchSize } = training;
    const { sizes, supernet } = this.#space;
    // What takes the place of a supernet's size is no size of a single network.
    const replaced = network === 'final' || supernet === undefined ? this.#sizes[network] : undefined;
    const seen = shortTrainingShape(training, this.#source);
    const usual = replaced?.(seen) ?? sizeOfRole(sizes, network, seen)!;
    const size = shortTrainingSize(training, images.task === undefined ? usual : sizeForTask(usual, images));
    const space = this.#space;
    const labelled = images.task?.labelled;
    const withHead: Builder<A> = {
      network: (architecture, ofSize) => withPixelHead(space.network(architecture, ofSize), labelled),
    };
    return this.#single({ network, batchSize }, subject, size, labelled === undefined ? space : withHead);
  }

  #requireOpen(): void {
    if (this.#disposed) throw new TenasError('DISPOSED', 'this evaluator was disposed');
  }

  #domainOf(subject: Subject<A>): Domain {
    if ('domain' in subject) return subject.domain;
    return requireSupernet(this.#space, 'the evaluator').domainOf(subject.architecture);
  }

  #supernet(pass: Pass, size: object): CompiledGraph & { readonly supernet: Supernet } {
    const key = JSON.stringify([pass.network, size]);
    const known = this.#supernets.get(key);
    if (known !== undefined) return known;
    const supernet = requireSupernet(this.#space, 'the evaluator').build(size);
    const compiled = { supernet, ...compile(supernet.graph) };
    this.#supernets.set(key, compiled);
    return compiled;
  }

  #single(
    pass: Pick<Pass, 'network' | 'batchSize'>,
    subject: Subject<A>,
    size: object,
    builder: Builder<A>,
  ): CompiledGraph {
    if ('domain' in subject) {
      throw new TenasError(
        'SPACE_UNFIT',
        `operations that are open can be evaluated through a supernet only; the network ${pass.network} of ${this.#space.name} is built for one architecture`,
        { field: 'network', value: pass.network },
      );
    }
    const apart = builder !== this.#space;
    const key = JSON.stringify([pass.network, apart, size, this.#space.format(subject.architecture)]);
    const known = this.#singles.get(key);
    if (known !== undefined) return known;
    const compiled = compile(builder.network(subject.architecture, size));
    this.#singles.set(key, compiled, weightOf(compiled.graph, pass.batchSize));
    return compiled;
  }

  #sizeOf(role: NetworkRole, metrics: readonly string[]): object {
    const { sizes, supernet, name } = this.#space;
    const own = role === 'final' ? sizes : (supernet?.sizes ?? sizes);
    const size = this.#sizes[role]?.(this.#source) ?? sizeOfRole(own, role, this.#source);
    if (size !== undefined) return size;
    const asking =
      metrics.length === 1 ? `the metric ${metrics[0]} needs` : `the metrics ${metrics.join(', ')} need`;
    throw new TenasError('SPACE_UNFIT', `${asking} ${ROLE_TEXT[role]}; ${name} has none`, {
      ...{ field: 'space', value: name },
    });
  }

  /** Frees the networks. Disposing again does nothing. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { program } of this.#supernets.values()) program.dispose();
    this.#supernets.clear();
    this.#singles.clear();
  }
}

/** The size of a network that has a task's samples as inputs, and its classes as outputs. */
function sizeForTask(usual: object, images: ImageSource): object {
  return { ...usual, numClasses: outputsFor(images), inputShape: sampleShape(images) };
}

/** The networks of a pass, for people. */
const ROLE_TEXT: Readonly<Record<NetworkRole, string>> = {
  proxy: 'a small network',
  deep: 'a small network',
  stemless: 'a network without a stem',
  final: 'a network to train',
};

/** Crops of spaces that say nothing of theirs, as of TE-NAS. */
const USUAL_CROP = 3;

/** Rows and columns that a network of some size reads. */
function cropOf(size: object): number {
  const shape: unknown = 'inputShape' in size ? size.inputShape : undefined;
  const crop: unknown = Array.isArray(shape) ? shape[2] : undefined;
  return typeof crop === 'number' ? crop : USUAL_CROP;
}
