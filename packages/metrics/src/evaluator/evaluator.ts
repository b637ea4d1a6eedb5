import { checkInteger, settingError } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import { type ImageSource, requireLabels } from '@tenas/data';
import { type AnswersOf, type EvaluateOptions, nativeInfo, sideBySide, type Task } from '@tenas/native';
import { type Domain, type NetworkCosts, requireSupernet } from '@tenas/spaces';
import { DEFAULT_METRICS } from '../list/index.js';
import { isCounting, type Pass, type ProbingMetric, requiresLabels } from '../metric.js';
import { type ChosenMetric, chooseMetrics, type MetricChoice } from '../registry.js';
import { type Draw, drawsOf } from './draws.js';
import type { EngineOptions } from './engine-options.js';
import { GivenWeights } from './given-weights.js';
import { InputReader, type InputsWanted, type PassInputs } from './inputs.js';
import { evaluateAll } from './many-tasks.js';
import {
  type CompiledNetwork,
  Networks,
  type RoleSizes,
  type ScoredSpace,
  type SizedPass,
  type Subject,
} from './networks.js';
import { batchesOf, needsLabels, passTasks, requestsOf, type SharedPass, sharedPasses } from './passes.js';
import {
  countedScore,
  type PassValues,
  type Score,
  type Scores,
  scoresOfPass,
  valuesOfPass,
} from './scores.js';
import { SharedTime } from './shared-time.js';
import { type SharedTraining, sharedTrainings, Trainings } from './trainings.js';

/** Settings of an {@link Evaluator}. */
export interface EvaluatorOptions<A extends object = object> extends EngineOptions {
  readonly space: ScoredSpace<A>;
  /** Where the images come from (`openDataset` of @tenas/data). */
  readonly source: ImageSource;
  /** Default {@link DEFAULT_METRICS}. */
  readonly metrics?: readonly MetricChoice[] | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** Repeats, each with its own batch and weights. Default 3. */
  readonly repeats?: number | undefined;
  /** Sizes of networks that take the place of the space's own. */
  readonly sizes?: RoleSizes | undefined;
  /**
   * Values of all parameters in place of drawn ones, in the order of the network's `params`: for spaces that hold one
   * network, such as `givenNetwork` makes. Repeats then differ in their batches alone.
   */
  readonly weights?: Float32Array | undefined;
}

/** How to follow and stop an evaluation. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Finished evaluations and trainings of networks, of all metrics together. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Scores of one architecture. Plain data: JSON keeps all of it. */
export interface ArchitectureScore {
  /** The architecture as text. */
  readonly architecture: string;
  readonly space: string;
  readonly seed: number;
  readonly repeats: number;
  readonly scores: Scores;
  /** Wall-clock seconds of all metrics together, reading and compiling included; of many, this one's share. */
  readonly seconds: number;
}

/** Networks to ask about one metric, see {@link Evaluator.answers}. */
export interface AnswersRequest extends RunOptions {
  /** Operations of the supernet that are still open, of each network. */
  readonly domains: readonly Domain[];
  readonly draws: readonly Draw[];
  /** Default: the metric's. */
  readonly settings?: object | undefined;
  /** Size of the supernet. Default: as {@link Evaluator.score} has it. */
  readonly size?: object | undefined;
}

/** A note with numbers in it may be another one every time. */
const MOST_NOTES = 100;

function inputsOf({ pass, inputs }: SizedPass, labels: boolean): InputsWanted {
  return { inputs, batchSize: pass.batchSize, batches: batchesOf(pass), labels };
}

/**
 * Evaluates metrics on architectures of a space. Metrics that look at the same network, inputs and weights share one
 * request to the engine, and within it everything that their tasks have in common. Networks are compiled and inputs
 * read on first use and remembered, so that scoring many is cheap. Architectures are looked at through the supernet
 * where the space has one: each has the same initial weights there as in a search. Metrics that train alike share one
 * training of the architecture's own network. Results depend on the options, not on
 * threads or on what else is scored. Dispose it (`using`) to free the networks.
 *
 *     const source = await openDataset({ dataset: 'synthetic' });
 *     using evaluator = new Evaluator({ space: getSpace('nas-bench-201'), source, metrics: ['naswot', 'params'] });
 *     const [{ scores }] = await evaluator.score(['|...|']);
 */
export class Evaluator<A extends object = object> implements Disposable {
  readonly #space: ScoredSpace<A>;
  readonly #engine: EngineOptions;
  readonly #onNote: (note: string) => void;
  /** Notes of the engine that were passed on. */
  readonly #notes = new Set<string>();
  readonly #chosen: readonly ChosenMetric[];
  readonly #passes: readonly SharedPass[];
  readonly #shared: readonly SharedTraining[];
  readonly #seed: number;
  readonly #draws: readonly Draw[];
  readonly #networks: Networks<A>;
  readonly #inputs: InputReader;
  readonly #time = new SharedTime();
  readonly #trainings: Trainings<A>;
  readonly #finalSize: () => object;
  readonly #weights: GivenWeights | undefined;
  #costs: NetworkCosts<A> | undefined;

  /**
   * @throws TenasError `SETTING_INVALID` naming the field; `UNKNOWN_METRIC`; `LABELS_MISSING` or `SPACE_UNFIT` where a
   * metric needs what the dataset or the space does not have
   */
  constructor(options: EvaluatorOptions<A>) {
    const { space, source, metrics = DEFAULT_METRICS, seed = 0, repeats = 3, sizes = {} } = options;
    const { threads, engine, device, isa, onNote = () => undefined } = options;
    this.#space = space;
    this.#engine = { threads, engine, device, isa };
    this.#onNote = onNote;
    this.#seed = checkInteger('seed', seed, 0);
    this.#draws = drawsOf(this.#seed, checkInteger('repeats', repeats, 1, 100_000));
    this.#chosen = chooseMetrics(metrics);
    this.#passes = sharedPasses(this.#chosen, {
      deep: sizes.deep ?? (space.supernet?.sizes ?? space.sizes).deep,
    });
    this.#shared = sharedTrainings(this.#chosen);
    for (const { metric, settings } of this.#chosen) {
      if (requiresLabels(metric, settings)) requireLabels(source);
      if (metric.needs.includes('supernet')) requireSupernet(space, `the metric ${metric.name}`);
    }
    this.#networks = new Networks(space, source, sizes);
    this.#inputs = new InputReader(source, (note) => this.#passOn([note]));
    this.#weights = options.weights === undefined ? undefined : new GivenWeights(options.weights);
    this.#trainings = new Trainings(source, this.#networks, {
      ...{ engine: this.#engine, time: this.#time, weights: options.weights },
    });
    for (const shared of this.#shared) this.#trainings.require(shared);
    this.#finalSize = () => sizes.final?.(source) ?? space.sizes.final(source);
  }

  /** The metrics with their settings, complete. */
  get metrics(): readonly ChosenMetric[] {
    return this.#chosen;
  }

  /**
   * Scores architectures, given as text or parsed.
   *
   * @param options.draws default: one for each of the evaluator's repeats
   * @throws the space's error for text that is no architecture; NativeError; `CANCELLED`, or the signal's reason, when
   * aborted; TenasError `DISPOSED` after disposal
   */
  async score(
    architectures: readonly (A | string)[],
    options: RunOptions & { readonly draws?: readonly Draw[] | undefined } = {},
  ): Promise<ArchitectureScore[]> {
    const { signal, onProgress, draws = this.#draws } = options;
    if (draws.length === 0) throw settingError('draws', draws, 'a list of at least one draw');
    if (architectures.length === 0) return [];
    const started = performance.now();
    const parsed = architectures.map((given) =>
      typeof given === 'string' ? this.#space.parse(given) : given,
    );
    const subjects = parsed.map((architecture): Subject<A> => ({ architecture }));
    const total = (this.#passes.length + this.#shared.length) * subjects.length * draws.length;
    const scores = subjects.map((): Scores => ({}));
    let done = 0;
    for (const [index, shared] of this.#passes.entries()) {
      const before = done;
      const found = await this.#evaluate(shared, subjects, {
        draws,
        next: this.#passes[index + 1],
        signal,
        onProgress: (finished) => onProgress?.(before + finished, total),
      });
      for (const [place, byMetric] of found.entries()) scores[place] = { ...scores[place], ...byMetric };
      done += subjects.length * draws.length;
    }
    for (const shared of this.#shared) {
      const before = done;
      const found = await this.#trainings.run(shared, subjects, {
        ...{ draws, signal },
        onProgress: (finished) => onProgress?.(before + finished, total),
      });
      for (const [place, byMetric] of found.entries()) scores[place] = { ...scores[place], ...byMetric };
      done += subjects.length * draws.length;
    }
    const counted = parsed.map((architecture) => this.#count(architecture));
    const seconds = (performance.now() - started) / 1000 / parsed.length;
    return parsed.map((architecture, place) => ({
      architecture: this.#space.format(architecture),
      space: this.#space.name,
      seed: this.#seed,
      repeats: draws.length,
      scores: this.#inOrder({ ...scores[place], ...counted[place] }),
      seconds,
    }));
  }

  /**
   * Asks about a metric on networks of the supernet and gives the engine's answers as they are, [domain][draw]. For
   * strategies that make more of them than a value.
   *
   * @throws as {@link score}; TenasError `SPACE_UNFIT` if the space has no supernet
   */
  async answers<S extends object, T extends readonly Task[]>(
    metric: ProbingMetric<S, T>,
    request: AnswersRequest,
  ): Promise<AnswersOf<T>[][]> {
    const { domains, draws, size, signal, onProgress } = request;
    if (domains.length === 0) return [];
    const settings = readSettings(metric.name, metric.settings, request.settings);
    const sized = this.#networks.sized(metric.pass(settings), [metric.name], size);
    const subjects = domains.map((domain): Subject<A> => ({ domain }));
    const [portion] = this.#networks.portions(sized, subjects);
    const inputs = await this.#inputs.read(inputsOf(sized, needsLabels(metric)), draws, signal);
    const network = portion!.open();
    const asking = network.program.evaluate<T>({
      ...this.#requestOf(sized.pass, network, draws, inputs),
      tasks: metric.tasks(settings, network.graph),
      signal,
      onProgress: (done) => onProgress?.(done, domains.length * draws.length),
    });
    this.#inputs.readAhead();
    const { evaluations, notes } = await asking;
    this.#passOn(notes);
    return domains.map((_, place) => evaluations.slice(place * draws.length, (place + 1) * draws.length));
  }

  /**
   * Announces the next request to {@link answers}: its inputs are read while the engine is busy with something else.
   */
  expect<S extends object, T extends readonly Task[]>(
    metric: ProbingMetric<S, T>,
    request: Pick<AnswersRequest, 'draws' | 'settings' | 'size' | 'signal'>,
  ): void {
    const settings = readSettings(metric.name, metric.settings, request.settings);
    const sized = this.#networks.sized(metric.pass(settings), [metric.name], request.size);
    this.#inputs.expect(inputsOf(sized, needsLabels(metric)), request.draws, request.signal);
  }

  /** Frees the networks. Disposing again does nothing. */
  [Symbol.dispose](): void {
    this.#networks[Symbol.dispose]();
  }

  #sized({ pass, members }: SharedPass): SizedPass {
    return this.#networks.sized(
      pass,
      members.map(({ metric }) => metric.name),
    );
  }

  /** Scores by the metrics of one pass, of each subject. */
  async #evaluate(
    shared: SharedPass,
    subjects: readonly Subject<A>[],
    run: {
      readonly draws: readonly Draw[];
      readonly next: SharedPass | undefined;
      readonly signal: AbortSignal | undefined;
      readonly onProgress: (done: number) => void;
    },
  ): Promise<readonly Scores[]> {
    const { draws, next, signal, onProgress } = run;
    const sized = this.#sized(shared);
    const portions = this.#networks.portions(sized, subjects);
    const inputs = await this.#inputs.read(inputsOf(sized, shared.labels), draws, signal);
    if (next !== undefined) {
      this.#inputs.expect(inputsOf(this.#sized(next), next.labels), draws, signal);
    }
    const threads = this.#engine.threads ?? nativeInfo().hardwareThreads;
    const lanes = Math.min(threads, portions.length);
    const done = portions.map(() => 0);
    const scores: Scores[] = [];
    await sideBySide(portions, lanes, async (portion, index) => {
      const network = portion.open();
      const wanted = passTasks(shared, network.graph);
      const weights = this.#weightsOf(shared.pass, network, draws);
      let parts: PassValues[] = [];
      const requests = requestsOf(wanted.tasks, { ...network, batchSize: shared.pass.batchSize, draws });
      for (const { rows, draws: repeats } of requests) {
        const end = this.#time.begin();
        const asking = evaluateAll(network.program, {
          ...this.#requestOf(
            shared.pass,
            network,
            repeats.map((repeat) => draws[repeat]!),
            repeats.map((repeat) => inputs[repeat]!),
          ),
          candidates: rows.map((row) => network.candidates[row]!),
          tasks: wanted.tasks,
          threads: Math.floor(threads / lanes),
          signal,
          onProgress(finished) {
            done[index] = rows[0]! * draws.length + repeats[0]! + finished;
            onProgress(done.reduce((sum, one) => sum + one, 0));
          },
        });
        this.#inputs.readAhead();
        const { evaluations, notes } = await asking.finally(end);
        const seconds = end();
        this.#passOn(notes);
        for (const [place, row] of rows.entries()) {
          const found = valuesOfPass(shared, wanted, {
            graph: network.graph,
            coefficients: network.candidates[row]!,
            ...{ inputs, weights, repeats },
            answers: evaluations.slice(place * repeats.length, (place + 1) * repeats.length),
            seconds: seconds / rows.length,
          });
          parts = repeats[0] === 0 ? [found] : [...parts, found];
          if (repeats.at(-1) !== draws.length - 1) continue;
          scores[portion.places[row]!] = scoresOfPass(shared, wanted, parts);
        }
      }
    });
    return scores;
  }

  #passOn(notes: readonly string[]): void {
    for (const note of notes) {
      if (this.#notes.has(note) || this.#notes.size >= MOST_NOTES) continue;
      this.#notes.add(note);
      this.#onNote(note);
    }
  }

  /** The parameters of a network in each repeat, each made when it is first asked for. */
  #weightsOf(
    { init, absolute }: Pass,
    { program }: CompiledNetwork,
    draws: readonly Draw[],
  ): (repeat: number) => Float32Array {
    const made: Float32Array[] = [];
    return (repeat) => {
      const { seed, weights } = draws[repeat]!;
      made[repeat] ??= program.seededWeights({ seed, repeat: weights, init, absolute });
      return made[repeat];
    };
  }

  /** The scores in the order in which the metrics were chosen. */
  #inOrder(scores: Scores): Scores {
    return Object.fromEntries(this.#chosen.map(({ metric }) => [metric.name, scores[metric.name]!]));
  }

  #requestOf(
    pass: Pass,
    { candidates }: CompiledNetwork,
    draws: readonly Draw[],
    inputs: readonly PassInputs[],
  ): Omit<EvaluateOptions, 'tasks'> {
    return {
      ...this.#engine,
      batchSize: pass.batchSize,
      candidates,
      repeats: draws.map(({ seed, weights }, index) => ({
        inputs: inputs[index]!.images,
        labels: inputs[index]!.labels,
        weights: this.#weights?.of(pass) ?? {
          ...{ kind: 'seeded', seed, repeat: weights, init: pass.init, absolute: pass.absolute },
        },
      })),
    };
  }

  /** Scores of the metrics that follow from the architecture alone. */
  #count(architecture: A): Record<string, Score> {
    const scores: Record<string, Score> = {};
    for (const { metric, settings } of this.#chosen) {
      if (!isCounting(metric)) continue;
      const end = this.#time.begin();
      try {
        this.#costs ??= this.#space.costs(this.#finalSize());
        const counted = metric.count({
          settings,
          cost: this.#costs.of(architecture),
          graph: () => this.#space.network(architecture, this.#finalSize()),
          skipSpans: () => this.#space.skipSpans?.(architecture) ?? null,
        });
        scores[metric.name] = countedScore(counted, end());
      } finally {
        end();
      }
    }
    return scores;
  }
}
