import { hostname } from 'node:os';
import { TenasError } from '@tenas/base';
import { Evaluator, engineInfo, type MetricChoice, metricInfo } from '@tenas/metrics';
import { type CompleteSearch, type ScoreDocument, scoreDocument } from '@tenas/records';
import { latencyPredictor, resolveConstraints, runSearch, type SearchEvent } from '@tenas/search';
import { getSpace, type NetworkCosts } from '@tenas/spaces';
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
    const latency =
      task.latency === undefined ? undefined : latencyPredictor(space, task.latency, task.latency.numbers);
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

function choicesOf(metrics: readonly TaskMetric[]): MetricChoice[] {
  return metrics.map(({ name, settings }) => ({ metric: name, settings }));
}

/** Counts parameters and multiply-adds of the network to train: of a training's, or at the size for a task's dataset. */
export class TaskCosts {
  readonly #datasets: DatasetCatalog;
  readonly #costs = new Map<string, NetworkCosts>();

  constructor(datasets: DatasetCatalog) {
    this.#datasets = datasets;
  }

  /** Makes {@link of} ready for a task. */
  async prepare(task: Task): Promise<void> {
    const name = this.#name(task);
    if (this.#costs.has(name)) return;
    const space = getSpace(task.space);
    const size =
      task.kind === 'train' ? task.network : space.sizes.final(await this.#datasets.open(task.dataset));
    this.#costs.set(name, space.costs(size));
  }

  /** Costs of an architecture in a prepared task, and its place in the space. */
  readonly of = (task: Task, architecture: string): ArchitectureFacts => {
    const costs = this.#costs.get(this.#name(task));
    if (costs === undefined) throw new TenasError('INTERNAL', `the costs of ${task.space} were not prepared`);
    const { params, flops } = costs.of(getSpace(task.space).parse(architecture));
    return { params, flops, place: placeOf(task.space, architecture) };
  };

  #name(task: Task): string {
    const { space, dataset } = task;
    return task.kind === 'train'
      ? `${space} ${canonicalJson(task.network)}`
      : `${space} ${dataset.name} ${dataset.fingerprint}`;
  }
}
