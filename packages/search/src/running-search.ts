import { setImmediate as turn } from 'node:timers/promises';
import { plural, RandomStream, TenasError } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import { abortable, type ChosenMetric, type EngineOptions } from '@tenas/metrics';
import type { SearchRecord, SearchStep } from '@tenas/records';
import type { Choices, Space } from '@tenas/spaces';
import type { Ask, Best, Evaluated, OpenStep, ScoreOptions, Scores, SearchPlan, StepUpdate } from './ask.js';
import type { Constraint } from './constraints/constraint.js';
import { FeasibleArchitectures } from './constraints/feasible-architectures.js';
import type { LatencyPredictor } from './constraints/latency-predictor.js';
import { WithinConstraints } from './constraints/within-constraints.js';
import type { SearchEvent, SearchState } from './events.js';
import { PlanProgress } from './plan-progress.js';
import { ScoredArchitectures, type ScorerOf, withoutDetail } from './scored-architectures.js';
import { Tally } from './tally.js';

/** The checked options of a search. */
export interface SearchInput {
  readonly space: Space;
  readonly source: ImageSource;
  readonly seed: number;
  readonly metrics: readonly ChosenMetric[];
  readonly engine: EngineOptions;
  readonly before: SearchRecord | null;
  readonly scorerOf: ScorerOf;
  readonly constraints: readonly Constraint[];
  readonly latency: LatencyPredictor | undefined;
  /** Name of the strategy. */
  readonly strategy: string;
  /** As the record holds them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((event: SearchEvent) => void) | undefined;
}

/** Milliseconds without a turn for timers and signals. */
const YIELD_INTERVAL = 50;

interface CurrentStep {
  readonly label: string;
  readonly started: number;
  readonly tally: Tally;
  done: number;
  text: string | null;
  stage: StepUpdate['stage'];
}

/** A running search: serves the strategy, and keeps the results for the record and for listeners. */
export class RunningSearch implements Ask {
  readonly #input: SearchInput;
  readonly #scored: ScoredArchitectures;
  readonly #within: WithinConstraints;
  readonly feasible: FeasibleArchitectures | null;
  readonly #tally = new Tally();
  readonly #steps: SearchStep[] = [];
  readonly #notes = new Set<string>();
  readonly #started = performance.now();
  /** When timers and signals last had their turn. */
  #yielded = performance.now();
  /** Aborted when a listener throws. */
  readonly #broken = new AbortController();
  readonly #ended = new AbortController();
  readonly signal: AbortSignal;
  /** Seconds of steps that were kept from an earlier run. */
  #earlierSeconds = 0;
  readonly #plan = new PlanProgress();
  #planned = false;
  #open: CurrentStep | null = null;
  #best: Best | null = null;
  #bestChoices: Choices | null = null;
  #detail: () => unknown = () => null;

  constructor(input: SearchInput) {
    this.#input = input;
    const { space, scorerOf, seed, before, signal, constraints } = input;
    const within = new WithinConstraints(space, constraints);
    this.#within = within;
    this.feasible =
      constraints.length === 0
        ? null
        : new FeasibleArchitectures(space, constraints, (architecture) => within.meets(architecture));
    this.#scored = new ScoredArchitectures({ space, scorerOf, seed, earlier: before?.scored ?? [] });
    this.signal = AbortSignal.any([
      this.#broken.signal,
      this.#ended.signal,
      ...(signal === undefined ? [] : [signal]),
    ]);
  }

  get space(): Space {
    return this.#input.space;
  }

  get source(): ImageSource {
    return this.#input.source;
  }

  get seed(): number {
    return this.#input.seed;
  }

  get metrics(): readonly ChosenMetric[] {
    return this.#input.metrics;
  }

  get engine(): EngineOptions {
    return this.#input.engine;
  }

  get before(): SearchRecord | null {
    return this.#input.before;
  }

  get latency(): LatencyPredictor | undefined {
    return this.#input.latency;
  }

  get constraints(): readonly Constraint[] {
    return this.#input.constraints;
  }

  allowed(architecture: object): boolean {
    return this.#within.allowed(architecture);
  }

  random(stream: string): RandomStream {
    this.signal.throwIfAborted();
    return new RandomStream('search', this.#input.strategy, stream, this.seed);
  }

  async score(architectures: readonly object[], options: ScoreOptions = {}): Promise<Scores[]> {
    this.signal.throwIfAborted();
    const { repeats = 1, from = 0, metrics = this.metrics } = options;
    const step = this.#open;
    const before = step?.done ?? 0;
    const scoring = this.#scored.score(
      architectures,
      { repeats, from, metrics },
      {
        signal: this.signal,
        onProgress: (done) => this.#tell(step, { done: Math.floor(before + done) }),
        count: (evaluated) => this.#count(step, evaluated),
      },
    );
    const scores = await abortable(scoring, this.signal);
    await this.#yieldToEvents();
    if (step !== null) this.#tell(step, { done: before + architectures.length });
    return scores;
  }

  plan(plan: SearchPlan): void {
    this.signal.throwIfAborted();
    this.#plan.plan(plan);
    if (this.#planned) return;
    this.#planned = true;
    const { steps, text = plural(steps.length, 'step') } = plan;
    const { strategy, space, source, metrics, settings, seed } = this.#input;
    this.#emit({
      kind: 'start',
      strategy,
      space: space.name,
      dataset: source.name,
      metrics: metrics.map(({ metric }) => metric.name),
      settings,
      seed,
      steps: steps.length,
      text,
    });
  }

  async step<T>(label: string, work: (step: OpenStep) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    if (!this.#planned) throw strategyError('plan must be called before the first step');
    if (this.#open !== null) {
      throw strategyError(`the step ${label} begins before ${this.#open.label} has ended`);
    }
    const step: CurrentStep = {
      label,
      started: performance.now(),
      tally: new Tally(),
      done: 0,
      text: null,
      stage: undefined,
    };
    this.#open = step;
    this.#emit({ kind: 'step-start', ...this.#state(step) });
    const result = await abortable(
      work({
        tell: (update) => this.#tell(step, update),
        count: (evaluated) => this.#count(step, evaluated),
      }),
      this.signal,
    );
    this.signal.throwIfAborted();
    step.done = this.#plan.planned ?? step.done;
    const state = this.#state(step);
    const record = this.#recordOf(step);
    this.#steps.push(record);
    this.#plan.finish(record.seconds);
    this.#open = null;
    for (const note of failureNotes(record)) this.note(note);
    this.#emit({ kind: 'step-end', ...state, record, text: step.text });
    this.signal.throwIfAborted();
    return result;
  }

  keep(steps: number): void {
    for (const step of this.before?.steps.slice(0, steps) ?? []) {
      this.#steps.push(step);
      this.#plan.finish(step.seconds);
      this.#earlierSeconds += step.seconds;
      const names = new Set([step.evaluations, step.failures, step.metricSeconds ?? {}].flatMap(Object.keys));
      for (const metric of names) {
        this.#tally.add({
          metric,
          evaluations: step.evaluations[metric],
          failures: step.failures[metric],
          seconds: step.metricSeconds?.[metric],
        });
      }
    }
  }

  describe(detail: () => unknown): void {
    this.#detail = detail;
  }

  /** Keeps what the engine has to tell people, and tells it; each note once, also where a strategy has its own evaluator. */
  note(text: string): void {
    if (this.#notes.has(text)) return;
    this.#notes.add(text);
    this.#emit({ kind: 'note', text });
  }

  /** Ends the search: a strategy that goes on regardless gets no more answers. */
  end(): void {
    this.#ended.abort(new Error('the search has ended'));
  }

  /** Ends the search by an error of somebody who follows it. */
  break(error: unknown): void {
    this.#broken.abort(error);
  }

  /** The error that a listener threw. */
  get broken(): { readonly reason: unknown } | null {
    return this.#broken.signal.aborted ? { reason: this.#broken.signal.reason } : null;
  }

  get secondsElapsed(): number {
    return this.#earlierSeconds + (performance.now() - this.#started) / 1000;
  }

  get best(): Best | null {
    return this.#best;
  }

  /** The part of the record about the work done so far. */
  get soFar() {
    const steps =
      this.#open === null
        ? this.#steps
        : [...this.#steps, { ...this.#recordOf(this.#open), unfinished: true as const }];
    return {
      steps,
      ...this.#tally.counts,
      scored: [...this.#scored.list],
      ...(this.#notes.size === 0 ? {} : { notes: [...this.#notes] }),
      seconds: this.secondsElapsed,
      detail: this.#detail(),
    };
  }

  #tell(step: CurrentStep | null, update: StepUpdate): void {
    if (this.signal.aborted) return;
    const { done, best, bestChoices, text, stage, secondsLeft } = update;
    if (best !== undefined) this.#best = best;
    if (bestChoices !== undefined || best !== undefined)
      this.#bestChoices = bestChoices ?? this.#choicesOf(best!);
    if (secondsLeft !== undefined) this.#plan.tell(secondsLeft);
    if (step === null || step !== this.#open) return;
    if (text !== undefined) step.text = text;
    if (stage !== undefined) step.stage = stage;
    if (done === undefined) return;
    step.done = done;
    this.#emit({ kind: 'progress', ...this.#state(step) });
  }

  #count(step: CurrentStep | null, evaluated: Evaluated): void {
    if (this.signal.aborted) return;
    this.#tally.add(evaluated);
    step?.tally.add(evaluated);
  }

  #choicesOf({ architecture }: Best): Choices | null {
    try {
      return this.space.choicesOf(architecture);
    } catch (error) {
      if (error instanceof TenasError && error.code === 'ARCHITECTURE_INVALID') return null;
      throw error;
    }
  }

  #state(step: CurrentStep): SearchState {
    const { secondsElapsed } = this;
    const underWay = { done: step.done, seconds: (performance.now() - step.started) / 1000 };
    const { total, share, secondsLeft } = this.#plan.state(underWay, secondsElapsed);
    return {
      step: this.#steps.length,
      steps: Math.max(this.#plan.steps, this.#steps.length + 1),
      label: step.label,
      done: step.done,
      total,
      share,
      best: this.#best === null ? null : this.space.format(this.#best.architecture),
      bestChoices: this.#bestChoices,
      values: this.#best === null ? null : valuesOf(this.#best),
      ...(this.constraints.length === 0 ? {} : { refused: this.#within.refused }),
      secondsElapsed,
      secondsLeft,
    };
  }

  #recordOf({ label, started, tally, stage }: CurrentStep): SearchStep {
    const best = this.#best;
    const inRecord = ({ architecture, scores }: Best) => ({
      architecture: this.space.format(architecture),
      scores: withoutDetail(scores),
    });
    return {
      step: this.#steps.length,
      label,
      ...tally.counts,
      seconds: (performance.now() - started) / 1000,
      ...(best === null ? {} : { best: inRecord(best) }),
      ...(stage === undefined
        ? {}
        : { stage: { finalists: stage.finalists.map(inRecord), kept: stage.kept } }),
    };
  }

  /**
   * Lets timers and signals run: metrics that only count never wait, so a search with nothing else could not be
   * stopped.
   */
  async #yieldToEvents(): Promise<void> {
    if (performance.now() - this.#yielded < YIELD_INTERVAL) return;
    await turn();
    this.#yielded = performance.now();
    this.signal.throwIfAborted();
  }

  /** Listeners are also called from timers, where an error would be uncaught. */
  #emit(event: SearchEvent): void {
    if (this.#broken.signal.aborted) return;
    try {
      this.#input.onProgress?.(event);
    } catch (error) {
      this.break(error);
    }
  }
}

function valuesOf({ scores }: Best): Record<string, number | null> {
  return Object.fromEntries(Object.entries(scores).map(([metric, { value }]) => [metric, value]));
}

/** The error of a strategy that uses what it is handed wrongly. */
function strategyError(problem: string): TenasError {
  return new TenasError('STRATEGY_INVALID', `strategy: ${problem}`, { field: 'strategy' });
}

/** Says which metrics have no value at all in a step: what was chosen in it, was chosen by chance. */
function failureNotes({ label, evaluations, failures }: SearchStep): string[] {
  return Object.entries(failures).flatMap(([metric, reasons]) => {
    const counts = Object.entries(reasons).filter(([, count]) => count > 0);
    const failed = counts.reduce((sum, [, count]) => sum + count, 0);
    if (failed === 0 || failed < (evaluations[metric] ?? 0)) return [];
    const text = counts.map(([reason, count]) => `${reason} ${count}`).join(', ');
    return [
      `${label}: every value of ${metric} failed (${text}), so it decided nothing; are there enough different images?`,
    ];
  });
}
