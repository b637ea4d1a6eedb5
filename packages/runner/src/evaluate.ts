import { hostname } from 'node:os';
import { TenasError } from '@tenas/base';
import { Evaluator, engineInfo, type MetricChoice, metricInfo } from '@tenas/metrics';
import { type CompleteSearch, type ScoreDocument, scoreDocument } from '@tenas/records';
import {
  type Constraint,
  type LatencyPredictor,
  latencyPredictor,
  resolveConstraints,
  runSearch,
  type SearchEvent,
} from '@tenas/search';
import { type DatasetShape, getSpace, type NetworkCosts, type Space } from '@tenas/spaces';
import { canonicalJson } from './content-key.js';
import type { DatasetCatalog } from './datasets.js';
import { placeOf } from './place.js';
import type { ArchitectureFacts } from './store/units.js';
import type { ScoreTask, SearchTask, Task, TaskMetric } from './tasks.js';
import { type TrainedUnit, type TrainingWork, trainUnit } from './training/train-unit.js';

/** Evaluators kept: networks are compiled and inputs read once for each setting and seed. */
const MOST_EVALUATORS = 4;

/** This machine and process, as results name who made them. */
export const thisWorker = `${hostname()}:${process.pid}`;

/**
 * Instruction set of this machine's engine, or the GPU that it evaluates on: the last digits of results depend on it.
 */
export function localIsa(): string {
  const { isa, device } = engineInfo();
  return device === undefined || device === 'cpu' ? isa : device;
}

/** Evaluates units of work on this machine. Dispose it to free the networks. */
export class UnitEvaluator implements Disposable {
  readonly #datasets: DatasetCatalog;
  readonly #onNote: (note: string) => void;
  readonly #notes = new Set<string>();
  /** Least recently used first. */
  readonly #evaluators = new Map<string, Evaluator>();

  /** @param onNote hears what the engine has to tell people; each note once */
  constructor(datasets: DatasetCatalog, onNote: (note: string) => void = () => undefined) {
    this.#datasets = datasets;
    this.#onNote = onNote;
  }

  /**
   * Scores architectures in one request to the engine.
   * @param key of the task
   * @throws NativeError; TenasError of the dataset; the signal's reason or NativeError `CANCELLED` when aborted
   */
  async score(
    work: { readonly task: ScoreTask; readonly key: string; readonly seed: number },
    architectures: readonly string[],
    options: { readonly threads: number; readonly signal: AbortSignal },
  ): Promise<ScoreDocument[]> {
    const evaluator = await this.#evaluator(work, options.threads);
    const scored = await evaluator.score(architectures, { signal: options.signal });
    const metrics = evaluator.metrics.map(metricInfo);
    const { dataset, plugins } = work.task;
    const { name, fingerprint } = dataset;
    return scored.map((score) =>
      scoreDocument({ ...score, plugins, dataset: { name, fingerprint }, metrics }),
    );
  }

  /** Searches, then scores what was found. @throws SearchInterrupted when aborted; as {@link score} */
  async search(
    task: SearchTask,
    seed: number,
    options: {
      readonly threads: number;
      readonly signal: AbortSignal;
      readonly onProgress?: ((event: SearchEvent) => void) | undefined;
    },
  ): Promise<CompleteSearch> {
    const source = await this.#datasets.open(task.dataset);
    const space = getSpace(task.space);
    const { strategy, settings, plugins } = task;
    const metrics = choicesOf(task.metrics);
    const latency = latencyOf(task, space);
    const constraints = resolveConstraints(task.constraints ?? [], { space, images: source, latency });
    return await runSearch({
      ...{ space, source, strategy, settings, metrics, constraints, latency, plugins, seed, ...options },
      onProgress: (event) => {
        if (event.kind === 'note') this.#note(event.text);
        options.onProgress?.(event);
      },
    });
  }

  /** Trains a network. @throws TenasError `TRAINING_DIVERGED`; as {@link trainUnit} */
  async train(work: TrainingWork, options: Parameters<typeof trainUnit>[2]): Promise<TrainedUnit> {
    const onNote = (note: string) => this.#note(note);
    return await trainUnit(await this.#datasets.openLabelled(work.task.dataset), work, {
      ...options,
      onNote,
    });
  }

  #note(note: string): void {
    if (this.#notes.has(note)) return;
    this.#notes.add(note);
    this.#onNote(note);
  }

  [Symbol.dispose](): void {
    for (const evaluator of this.#evaluators.values()) evaluator[Symbol.dispose]();
    this.#evaluators.clear();
  }

  async #evaluator(
    { task, key, seed }: { readonly task: ScoreTask; readonly key: string; readonly seed: number },
    threads: number,
  ): Promise<Evaluator> {
    const source = await this.#datasets.open(task.dataset);
    const name = `${key} ${seed} ${threads}`;
    const evaluator =
      this.#evaluators.get(name) ??
      new Evaluator({
        space: getSpace(task.space),
        source,
        seed,
        repeats: task.repeats,
        metrics: choicesOf(task.metrics),
        threads,
        onNote: (note) => this.#note(note),
      });
    this.#evaluators.delete(name);
    this.#evaluators.set(name, evaluator);
    for (const [oldest, old] of this.#evaluators) {
      if (this.#evaluators.size <= MOST_EVALUATORS) break;
      old[Symbol.dispose]();
      this.#evaluators.delete(oldest);
    }
    return evaluator;
  }
}

/** What predicts latency in a task; undefined: nothing does. */
function latencyOf({ latency }: SearchTask, space: Space): LatencyPredictor | undefined {
  return latency === undefined ? undefined : latencyPredictor(space, latency, latency.numbers);
}

function choicesOf(metrics: readonly TaskMetric[]): MetricChoice[] {
  return metrics.map(({ name, settings }) => ({ metric: name, settings }));
}

/** Counts parameters and multiply-adds of the network to train: of a training's, or at the size for a task's dataset. */
export class TaskCosts {
  readonly #datasets: DatasetCatalog;
  readonly #costs = new Map<string, NetworkCosts>();
  readonly #images = new Map<string, DatasetShape>();

  constructor(datasets: DatasetCatalog) {
    this.#datasets = datasets;
  }

  /** Makes {@link of} and {@link constraintsOf} ready for a task. */
  async prepare(task: Task): Promise<void> {
    const name = this.#name(task);
    if (this.#costs.has(name)) return;
    const space = getSpace(task.space);
    if (task.kind === 'train') {
      this.#costs.set(name, space.costs(task.network));
      return;
    }
    const { name: dataset, classes, height, width } = await this.#datasets.open(task.dataset);
    const images = { name: dataset, classes, height, width };
    this.#images.set(name, images);
    this.#costs.set(name, space.costs(space.sizes.final(images)));
  }

  /** Costs of an architecture in a prepared task, and its place in the space. */
  readonly of = (task: Task, architecture: string): ArchitectureFacts => {
    const costs = this.#costs.get(this.#name(task));
    if (costs === undefined) throw unprepared(task);
    const { params, flops } = costs.of(getSpace(task.space).parse(architecture));
    return { params, flops, place: placeOf(task.space, architecture) };
  };

  /** The upper bounds on what a prepared search finds. */
  readonly constraintsOf = (task: SearchTask): readonly Constraint[] => {
    const images = this.#images.get(this.#name(task));
    if (images === undefined) throw unprepared(task);
    const space = getSpace(task.space);
    return resolveConstraints(task.constraints ?? [], { space, images, latency: latencyOf(task, space) });
  };

  #name(task: Task): string {
    const { space, dataset } = task;
    return task.kind === 'train'
      ? `${space} ${canonicalJson(task.network)}`
      : `${space} ${dataset.name} ${dataset.fingerprint}`;
  }
}

function unprepared({ space }: Task): TenasError {
  return new TenasError('INTERNAL', `the costs of ${space} were not prepared`);
}
