import { checkInteger, isRecord, TenasError } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import type { ImageSource } from '@tenas/data';
import {
  abortable,
  type ChosenMetric,
  chooseMetrics,
  type EngineOptions,
  engineInfo,
  type MetricChoice,
  metricInfo,
  presetAmong,
} from '@tenas/metrics';
import {
  type CompleteSearch,
  type InterruptedSearch,
  type Objective,
  type PlugInReference,
  RECORD_VERSION,
  type SearchRecord,
} from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { completeSettings } from './complete-settings.js';
import { type Constraint, checkConstraints, recordedConstraints } from './constraints/constraint.js';
import type { LatencyPredictor } from './constraints/latency-predictor.js';
import type { SearchEvent } from './events.js';
import type { FrontMember } from './front/member.js';
import type { Objectives } from './front/objectives.js';
import { inField } from './in-field.js';
import { settingsOfPreset } from './objective-settings.js';
import { CopyingRecord, type RecordCopies } from './record-copies.js';
import { DEFAULT_STRATEGY, getStrategy } from './registry.js';
import { requireNeeds } from './require-needs.js';
import { checkResumable } from './resume.js';
import { RunningSearch } from './running-search.js';
import { SearchEvaluators } from './search-evaluators.js';
import { SearchFailed, SearchInterrupted } from './search-stopped.js';
import { checkStages } from './shortlist/check-stages.js';
import type { Found, Strategy } from './strategy.js';
import { SEARCH_VERSION } from './version.js';

/** Options of {@link runSearch}. */
export interface RunSearchOptions extends Omit<EngineOptions, 'onNote'> {
  readonly space: Space;
  /** Where the images come from (`openDataset` of @tenas/data); the caller closes it. */
  readonly source: ImageSource;
  /** A strategy or its name. Default {@link DEFAULT_STRATEGY}. */
  readonly strategy?: string | Strategy | undefined;
  /** Settings of the strategy; fields that are left out have their defaults. */
  readonly settings?: object | undefined;
  /**
   * The name of an aggregate stands for its metrics, by which the search then ranks. Default: the strategy's.
   * With none, the found architecture is not scored; strategies that rank by them refuse.
   */
  readonly metrics?: readonly MetricChoice[] | undefined;
  /** Whole number from 0 to 2^53 - 1, default 0. Same seed, same result, on any number of threads of one device. */
  readonly seed?: number | undefined;
  /** Stops the search within a second. */
  readonly signal?: AbortSignal | undefined;
  /** Notes of the engine come this way too, and into the record. */
  readonly onProgress?: ((event: SearchEvent) => void) | undefined;
  /** Plug-ins from files, for the record. */
  readonly plugins?: readonly PlugInReference[] | undefined;
  /** Upper bounds on what the found architecture costs. Default: none. */
  readonly constraints?: readonly Constraint[] | undefined;
  /** Predicts latency where it is an objective. Default: there is no model. */
  readonly latency?: LatencyPredictor | undefined;
  /** The record of a search that was stopped: goes on from there. All other options have to be the same. */
  readonly before?: SearchRecord | undefined;
  /** Copies of the record while the search runs. Default: none. */
  readonly copies?: RecordCopies | undefined;
}

/** Repeats for scoring the found architecture, if the strategy has no scores of it. */
const REPEATS = 3;

/**
 * Searches a space by any strategy.
 *
 *     const source = await openDataset({ dataset: 'synthetic' });
 *     const { architecture } = await runSearch({ space: getSpace('nas-bench-201'), source });
 *
 * @returns the record of the search
 * @throws SearchInterrupted, with the record so far, when the signal is aborted; SearchFailed, also with the record so
 * far, when something fails on the way; before the search begins TenasError `UNKNOWN_STRATEGY`, `UNKNOWN_METRIC`,
 * `SETTING_INVALID`, `SPACE_UNFIT`, `LABELS_MISSING`, `RESUME_INVALID`, `PLUG_IN_CHANGED`, `BUDGET_INFEASIBLE` naming the
 * cheapest architecture; any error that a listener or {@link RecordCopies} throws
 */
export async function runSearch(options: RunSearchOptions): Promise<CompleteSearch> {
  const { space, source, threads, engine, device, isa, signal, onProgress, before, latency } = options;
  const constraints = [...(options.constraints ?? [])];
  checkConstraints(constraints);
  const seed = checkInteger('seed', options.seed ?? 0, 0);
  if (threads !== undefined) checkInteger('threads', threads, 1, 1024);
  const given = options.strategy ?? DEFAULT_STRATEGY;
  const strategy = typeof given === 'string' ? getStrategy(given) : given;
  const preset = presetAmong(namesOf(options.metrics));
  const settings = readSettings(
    'settings',
    strategy.settings,
    preset === undefined ? options.settings : { ...settingsOfPreset(strategy, preset), ...options.settings },
  );
  requireNeeds(strategy, { space, source, settings });
  const metrics = chooseMetrics(options.metrics ?? strategy.metrics);
  const completed = completeSettings(strategy, settings, { space, source, metrics, latency });
  const recorded = { ...completed.settings };
  const onNote = (note: string): void => search.note(note);
  const onEngine: EngineOptions = { threads, engine, device, isa, onNote };
  using evaluators = new SearchEvaluators({ space, source, seed, ...onEngine });
  // Before any work: whether the space and the dataset have what all metrics need.
  evaluators.of(metrics);
  checkStages(completed.stages, { space, source });
  const objectives = completed.objectives?.metrics ?? [];
  inField('settings.objectives', () => evaluators.of(objectives));
  const named = completed.objectives?.list.map(described) ?? [];
  const others = [...completed.stages, objectives];
  const inRecord = namedMetrics(completed.metrics, [...metrics, ...others.flat()]);
  const run = { space, source, strategy, settings: recorded, metrics, seed };
  const plugins = [...(options.plugins ?? [])];
  if (before !== undefined) {
    checkResumable(before, {
      ...run,
      strategy: strategy.name,
      inRecord,
      others,
      plugins,
      constraints,
      objectives: named,
    });
  }
  const startedAt = new Date().toISOString();
  const search: RunningSearch = new RunningSearch({
    ...run,
    strategy: strategy.name,
    engine: onEngine,
    before: before ?? null,
    scorerOf: (some) => evaluators.of(some),
    constraints,
    latency,
    signal,
    onProgress,
  });
  const base = {
    recordVersion: RECORD_VERSION,
    kind: 'search',
    strategy: strategy.name,
    versions: { search: SEARCH_VERSION, engine: engineInfo({ engine, device, isa }) },
    plugins,
    space: space.name,
    metrics: inRecord,
    settings: recorded,
    seed,
    threads: threads ?? null,
    ...(named.length === 0 ? {} : { objectives: named }),
    startedAt,
  } as const;
  /** The constraints with the costs of what was found; nothing where there are none. */
  const constrained = (architecture: object | null) =>
    constraints.length === 0 ? {} : { constraints: recordedConstraints(constraints, architecture) };
  const interrupted = (): InterruptedSearch => {
    const { best } = search;
    const architecture = best === null ? null : space.format(best.architecture);
    const found = { architecture, genotype: architecture, scores: null };
    const bounded = constrained(best?.architecture ?? null);
    return {
      ...base,
      ...bounded,
      dataset: datasetOf(source),
      ...search.soFar,
      status: 'interrupted',
      ...found,
    };
  };
  const complete = (answer: object): CompleteSearch => {
    const architecture = space.format(answer);
    const found = { architecture, genotype: architecture, scores: null };
    const bounded = constrained(answer);
    return { ...base, ...bounded, dataset: datasetOf(source), ...search.soFar, status: 'complete', ...found };
  };
  const written = ({ architecture, values }: FrontMember) => ({
    architecture: space.format(architecture),
    values,
  });
  let record: CompleteSearch | null = null;
  await using _copying =
    options.copies === undefined
      ? null
      : new CopyingRecord(options.copies, interrupted, {
          before: before ?? null,
          fail: (error) => search.break(error),
        });
  try {
    search.feasible?.require();
    const found = await abortable(strategy.run(search, settings), search.signal);
    search.signal.throwIfAborted();
    checkFound(found, strategy);
    checkWithin(search, found, strategy);
    record = complete(found.architecture);
    const scores = found.scores ?? (await scoresOf(search, found));
    record = {
      ...record,
      scores: found.stageScores ? { ...scores, ...found.stageScores } : scores,
      ...(found.front === undefined ? {} : { front: found.front.map(written) }),
    };
  } catch (error) {
    if (search.broken !== null) throw search.broken.reason;
    if (signal?.aborted) throw new SearchInterrupted(record ?? interrupted(), signal.reason);
    if (record === null && search.soFar.steps.length === 0) throw error;
    throw new SearchFailed(record ?? interrupted(), error);
  } finally {
    search.end();
  }
  onProgress?.({ kind: 'finish', record });
  return record;
}

/** The names among chosen metrics, which may be those of aggregates. */
function namesOf(choices: readonly MetricChoice[] = []): string[] {
  return choices.filter((choice) => typeof choice === 'string');
}

function checkFound(found: unknown, { name }: Strategy): asserts found is Found {
  if (isRecord(found) && isRecord(found.architecture)) return;
  throw new TenasError('STRATEGY_INVALID', `the strategy ${name} must return {architecture}`, {
    field: 'strategy',
    value: found,
  });
}

/** A strategy that does not ask {@link Ask.allowed} may find anything. */
function checkWithin(search: RunningSearch, { architecture }: Found, { name }: Strategy): void {
  if (search.allowed(architecture)) return;
  const text = search.space.format(architecture);
  throw new TenasError(
    'STRATEGY_INVALID',
    `the strategy ${name} found ${text}, which is not within the constraints; it must ask allowed(architecture)`,
    { field: 'strategy', value: text },
  );
}

async function scoresOf(search: RunningSearch, { architecture }: Found) {
  if (search.metrics.length === 0) return null;
  const [scores] = await search.score([architecture], { repeats: REPEATS });
  return scores!;
}

/** The metrics that a record names: those that the strategy ranks by, and those that were chosen besides, each once. */
function namedMetrics(ranksBy: readonly MetricChoice[], chosen: readonly ChosenMetric[]) {
  const named = new Map<string, ChosenMetric>();
  for (const one of [...chooseMetrics(ranksBy), ...chosen]) {
    if (!named.has(one.metric.name)) named.set(one.metric.name, one);
  }
  return [...named.values()].map(metricInfo);
}

/** An objective as a record has it. */
function described({ source: _, name, ...about }: Objectives['list'][number]): Objective {
  return { name, ...about };
}

function datasetOf(source: ImageSource) {
  const { name, fingerprint, size: images, sampledFrom = null, skipped = 0 } = source;
  const { classes, height, width } = source;
  return { name, fingerprint, images, sampledFrom, skipped, classes, height, width };
}
