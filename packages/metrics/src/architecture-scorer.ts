import { checkInteger, checkOneOf, mean } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import type { Device } from '@tenas/native';
import {
  type Domain,
  type NetworkCosts,
  requireSupernet,
  type Space,
  type SpaceSupernet,
  type Supernet,
} from '@tenas/spaces';
import { AGGREGATIONS, type Aggregation, aggregateConditionNumbers } from './aggregation.js';
import type { NtkFailure } from './condition-number.js';
import { linearRegions, type RegionSettings } from './linear-regions.js';
import { type Draw, drawsOf, evaluateMetric, type Metric, type MetricResult } from './metric.js';
import { type NtkMode, type NtkSettings, ntk } from './ntk.js';
import { Programs } from './programs.js';

/** Settings of a scorer. */
export interface ScorerOptions<A extends object = object, Size extends object = object> {
  /** One that has a supernet. */
  readonly space: Space<A, Size>;
  /** Where the images come from (`openDataset` of @tenas/data). */
  readonly source: ImageSource;
  /** Default 0. */
  readonly seed?: number;
  /** Repeats, each with its own batch and weights; default 3. */
  readonly repeats?: number;
  /** How the condition numbers of the repeats become one; default `log-mean`. */
  readonly aggregation?: Aggregation;
  readonly ntk?: Partial<NtkSettings>;
  readonly regions?: Partial<Pick<RegionSettings, 'batches' | 'batchSize' | 'init'>>;
  /** Size of the network whose parameters and operations are counted; default: the one to train on this dataset. */
  readonly finalNetwork?: Size;
  /** Default: all of the machine's. */
  readonly threads?: number;
  readonly engine?: 'fast' | 'reference';
  /** Default `auto`: a CUDA device if there is one, else the CPU. */
  readonly device?: Device;
}

/** How far a score has come. */
export interface ScoreOptions {
  readonly signal?: AbortSignal;
  /** Finished evaluations of both metrics. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the metrics say of one architecture. Plain data: JSON keeps all of it. */
export interface ArchitectureScore {
  readonly space: string;
  /** The architecture as text. */
  readonly architecture: string;
  readonly seed: number;
  readonly ntk: {
    readonly mode: NtkMode;
    readonly aggregation: Aggregation;
    /** Lower is better; null if the repeats have no condition number under this aggregation. */
    readonly conditionNumber: number | null;
    /** One for each repeat; null if it has none, in which case its outcome says why. */
    readonly conditionNumbers: readonly (number | null)[];
    readonly outcomes: readonly ('ok' | NtkFailure)[];
    /** Spectrum of the first repeat, ascending. */
    readonly eigenvalues: readonly number[];
  };
  /** Linear regions, mean over the repeats; higher is better. */
  readonly regions: number;
  readonly regionCounts: readonly number[];
  /** Trainable parameters of the network to train. */
  readonly params: number;
  /** Operations of that network for one image, counted as multiply-adds. */
  readonly flops: number;
  /** Wall-clock seconds; when many are scored in one request, this architecture's share. */
  readonly seconds: { readonly ntk: number; readonly regions: number; readonly total: number };
}

/**
 * Scores architectures of a space on a dataset. Networks are compiled and inputs read once, on first use, so that
 * scoring many is cheap; an architecture is the supernet with one operation an edge left active, so that it has
 * the same initial weights as in a search. Dispose it (`using`) to free the networks.
 */
export class ArchitectureScorer<A extends object = object, Size extends object = object>
  implements Disposable
{
  readonly #options: ScorerOptions<A, Size>;
  readonly #supernets: SpaceSupernet<A>;
  readonly #programs = new Programs();
  readonly #draws: readonly Draw[];
  readonly #seed: number;
  readonly #aggregation: Aggregation;
  readonly #ntkSettings: NtkSettings;
  readonly #regionSettings: RegionSettings;
  readonly #ntk = rememberInputs(ntk);
  readonly #regions = rememberInputs(linearRegions);
  readonly #ntkSupernet: Supernet;
  readonly #regionSupernet: Supernet;
  readonly #costs: NetworkCosts<A>;

  /** @throws TenasError `SETTING_INVALID` naming the field; `SPACE_UNFIT` for a space without a supernet. */
  constructor(options: ScorerOptions<A, Size>) {
    const { space, source } = options;
    this.#options = options;
    this.#seed = checkInteger('seed', options.seed ?? 0, 0);
    this.#draws = drawsOf(this.#seed, checkInteger('repeats', options.repeats ?? 3, 1, 100_000));
    this.#aggregation = checkOneOf('aggregation', options.aggregation ?? 'log-mean', AGGREGATIONS);
    this.#ntkSettings = ntk.settings(options.ntk);
    this.#regionSettings = linearRegions.settings(options.regions);
    this.#supernets = requireSupernet(space, 'the scorer');
    const { sizes } = this.#supernets;
    this.#ntkSupernet = this.#supernets.build(sizes.proxy(source));
    this.#regionSupernet = this.#supernets.build(sizes.stemless(source));
    this.#costs = space.costs(options.finalNetwork ?? space.sizes.final(source));
  }

  /** Scores one architecture, given as text or parsed. @throws as {@link scoreAll} */
  async score(architecture: A | string, options: ScoreOptions = {}): Promise<ArchitectureScore> {
    const [score] = await this.scoreAll([architecture], options);
    return score!;
  }

  /**
   * Scores architectures in one request to the engine for each metric, spread over its threads.
   *
   * @throws the space's error for text that is no architecture; NativeError `CANCELLED`, or the signal's reason, when
   * aborted; TenasError `DISPOSED` after disposal.
   */
  async scoreAll(
    architectures: readonly (A | string)[],
    options: ScoreOptions = {},
  ): Promise<ArchitectureScore[]> {
    const { space } = this.#options;
    const parsed = architectures.map((given) => (typeof given === 'string' ? space.parse(given) : given));
    if (parsed.length === 0) return [];
    const started = performance.now();
    const active = parsed.map((architecture) => this.#supernets.domainOf(architecture));
    const total = 2 * parsed.length * this.#draws.length;
    const kernels = await this.#measure(this.#ntk, this.#ntkSettings, this.#ntkSupernet, active, {
      ...options,
      before: 0,
      total,
    });
    const counts = await this.#measure(this.#regions, this.#regionSettings, this.#regionSupernet, active, {
      ...options,
      before: total / 2,
      total,
    });
    const costs = parsed.map((architecture) => this.#costs.of(architecture));
    const totalSeconds = (performance.now() - started) / 1000;
    return parsed.map((architecture, index) => {
      const repeats = kernels.measurements[index]!;
      const outcomes = repeats.map(({ outcome }) => outcome);
      const conditionNumber = aggregateConditionNumbers(outcomes, this.#aggregation);
      const regionCounts = counts.measurements[index]!.map(({ regions }) => regions);
      return {
        space: space.name,
        architecture: space.format(architecture),
        seed: this.#seed,
        ntk: {
          mode: this.#ntkSettings.mode,
          aggregation: this.#aggregation,
          conditionNumber: Number.isFinite(conditionNumber) ? conditionNumber : null,
          conditionNumbers: outcomes.map((outcome) =>
            outcome.kind === 'ok' ? outcome.conditionNumber : null,
          ),
          outcomes: outcomes.map((outcome) => (outcome.kind === 'ok' ? 'ok' : outcome.reason)),
          eigenvalues: Array.from(repeats[0]!.eigenvalues),
        },
        regions: mean(regionCounts),
        regionCounts,
        params: costs[index]!.params,
        flops: costs[index]!.flops,
        seconds: {
          ntk: kernels.seconds / parsed.length,
          regions: counts.seconds / parsed.length,
          total: totalSeconds / parsed.length,
        },
      };
    });
  }

  /** Frees the networks. Disposing again does nothing. */
  dispose(): void {
    this.#programs.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #measure<S extends object, M>(
    metric: Metric<S, M>,
    settings: S,
    supernet: Supernet,
    active: readonly Domain[],
    progress: ScoreOptions & { readonly before: number; readonly total: number },
  ): Promise<MetricResult<M>> {
    const { source, threads, engine, device } = this.#options;
    const { signal, onProgress, before, total } = progress;
    return await evaluateMetric(metric, {
      program: this.#programs.of(supernet.graph),
      source,
      candidates: active.map((domain) => supernet.coefficients(domain)),
      draws: this.#draws,
      settings,
      ...(threads === undefined ? {} : { threads }),
      ...(engine === undefined ? {} : { engine }),
      ...(device === undefined ? {} : { device }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress: (done: number) => onProgress(before + done, total) }),
    });
  }
}

/** The metric, reading the inputs of a draw once. For one source and one choice of settings. */
function rememberInputs<S extends object, M>(metric: Metric<S, M>): Metric<S, M> {
  const known = new Map<number, Promise<Float32Array>>();
  return {
    ...metric,
    inputs(source, draw, settings, signal) {
      const earlier = known.get(draw.batch);
      if (earlier !== undefined) return earlier;
      const reading = metric.inputs(source, draw, settings, signal);
      known.set(draw.batch, reading);
      reading.catch(() => known.delete(draw.batch));
      return reading;
    },
  };
}

/**
 * Scores one architecture; for many, keep an {@link ArchitectureScorer}.
 *
 *     const source = await openDataset({ dataset: 'synthetic' });
 *     const { ntk, regions } = await scoreArchitecture({ space: getSpace('nas-bench-201'), source, arch: '|...' });
 *
 * @param options.arch the architecture, as text or parsed
 * @throws as {@link ArchitectureScorer}
 */
export async function scoreArchitecture<A extends object, Size extends object>(
  options: ScorerOptions<A, Size> & ScoreOptions & { readonly arch: A | string },
): Promise<ArchitectureScore> {
  const { arch, signal, onProgress, ...rest } = options;
  using scorer = new ArchitectureScorer(rest);
  return await scorer.score(arch, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}
