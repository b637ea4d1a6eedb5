import type { ImageSource } from '@tenas/data';
import {
  type Finals,
  PRUNING,
  type PruneDetail,
  type PruneRound,
  RECORD_VERSION,
  type Score,
  type SearchStep,
} from '@tenas/records';
import type { Choice, Domain, Space, SpaceSupernet } from '@tenas/spaces';
import { SEARCH_VERSION } from '../version.js';
import {
  type Candidate,
  countArchitectures,
  edgeCandidates,
  edgeGroups,
  operationCandidates,
  slotCount,
  withoutAll,
} from './candidates.js';
import { decideEdges, decideOperations } from './decisions.js';
import type { Evaluator } from './evaluator.js';
import type { SearchEvent } from './events.js';
import { finalistsOf, measureFinalists, rankFinalists } from './finals.js';
import { SearchInterrupted } from './interrupted.js';
import { measureRound } from './measure-round.js';
import { finalsAt, planFinals, plannedEvaluations, planRounds } from './plan.js';
import { Progress } from './progress.js';
import type { Protocol } from './protocols/table.js';
import { type Ranking, rankCandidates } from './ranking.js';
import {
  type CandidateRecord,
  type CompleteRecord,
  candidateRecord,
  edgeDecision,
  rankedCandidate,
  recordMetrics,
} from './record.js';
import type { PruningSettings } from './settings.js';
import { Tally } from './tally.js';

/** Everything that a run needs, checked. */
export interface RunInput {
  readonly space: Space;
  readonly supernet: SpaceSupernet;
  readonly source: ImageSource;
  readonly protocol: Protocol;
  readonly settings: PruningSettings;
  readonly seed: number;
  readonly threads: number | null;
  readonly active: Domain;
  readonly evaluator: Evaluator;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((event: SearchEvent) => void) | undefined;
}

interface OpenRound {
  readonly kind: PruneRound['kind'];
  readonly round: number;
  readonly active: Domain;
  readonly candidates: CandidateRecord[];
  readonly tally: Tally;
  readonly started: number;
}

/** One pruning search from start to end. */
export class PruningRun {
  readonly #input: RunInput;
  readonly #startedAt = new Date().toISOString();
  readonly #progress: Progress;
  readonly #tally = new Tally();
  readonly #rounds: PruneRound[] = [];
  readonly #steps: SearchStep[] = [];
  /** Aborted when a listener throws. */
  readonly #broken = new AbortController();
  readonly #signal: AbortSignal;
  #active: Domain;
  #open: OpenRound | null = null;
  #finals: Finals | null = null;

  constructor(input: RunInput) {
    this.#input = input;
    this.#active = input.active;
    this.#progress = new Progress(planRounds(input.supernet, input.active, input.settings), (event) =>
      this.#emit(event),
    );
    this.#signal =
      input.signal === undefined ? this.#broken.signal : AbortSignal.any([input.signal, this.#broken.signal]);
  }

  /** @throws SearchInterrupted when the signal is aborted; what a listener or the evaluator throws. */
  async search(): Promise<CompleteRecord> {
    try {
      this.#start();
      await this.#pruneOperations();
      await this.#pruneEdges();
      await this.#holdFinals();
      this.#signal.throwIfAborted();
    } catch (error) {
      if (this.#broken.signal.aborted) throw this.#broken.signal.reason;
      if (this.#input.signal?.aborted) throw this.#interrupted(this.#input.signal.reason);
      throw error;
    }
    const { space, supernet } = this.#input;
    const genotype = space.format(supernet.architectureOf(this.#active));
    const record: CompleteRecord = {
      ...this.#recordBase(null),
      status: 'complete',
      architecture: genotype,
      genotype,
    };
    this.#input.onProgress?.({ kind: 'finish', record });
    return record;
  }

  #start(): void {
    const { space, supernet, source, protocol, settings, seed, active } = this.#input;
    const planned = planRounds(supernet, active, settings);
    this.#emit({
      kind: 'search-start',
      space: space.name,
      dataset: source.name,
      protocol,
      settings,
      seed,
      rounds: planned.length,
      evaluations: plannedEvaluations(planned),
    });
  }

  /** Rounds until every edge has one operation left, or the finals begin. */
  async #pruneOperations(): Promise<void> {
    const { supernet, settings } = this.#input;
    for (;;) {
      const candidates = operationCandidates(supernet, this.#active);
      if (candidates.length === 0 || finalsAt(this.#active, settings)) return;
      await this.#round('operations', candidates, this.#active, this.#rounds.length, (ranking) => {
        const decisions = decideOperations(candidates, ranking, settings.pruneNumber);
        const pruned = decisions.flatMap(({ decision, pruned: choices }) =>
          choices.map((choice) => ({ decision, choice })),
        );
        return { pruned, decided: { kind: 'operations', decisions } };
      });
    }
  }

  /** A round for each node with more inputs than are kept. */
  async #pruneEdges(): Promise<void> {
    const { supernet, settings } = this.#input;
    const keep = supernet.edgePruning?.keep ?? 0;
    const beforeEdges = this.#active;
    const firstRound = this.#rounds.length;
    for (const group of edgeGroups(supernet)) {
      const candidates = edgeCandidates(supernet, this.#active, group);
      if (candidates.length <= keep) continue;
      const kappaOrigin = settings.edgePruning.kappaOrigin === 'current' ? this.#active : beforeEdges;
      await this.#round('edges', candidates, kappaOrigin, firstRound, (ranking) =>
        edgesDecided(candidates, ranking, keep),
      );
    }
  }

  /** Scores the architectures left one by one, stage by stage, until one is left. */
  async #holdFinals(): Promise<void> {
    const { space, supernet, settings, evaluator } = this.#input;
    const active = this.#active;
    if (settings.finals === null || !finalsAt(active, settings)) return;
    let finalists = finalistsOf(space, supernet, active);
    const first = this.#rounds.length;
    const edges = supernet.decisions.length;
    this.#progress.replan(first, planFinals(finalists.length, edges, settings));
    const stages: Finals['stages'][number][] = [];
    this.#finals = {
      active,
      architectures: countArchitectures(active),
      distinct: finalists.length,
      stages,
      winner: null,
    };
    for (const [stage, planned] of settings.finals.stages.entries()) {
      const round = first + stage;
      const started = performance.now();
      const tally = new Tally();
      this.#startRound({ round, phase: 'finals', candidates: finalists.length, active });
      const measured = await measureFinalists(finalists, planned, {
        evaluator,
        signal: this.#signal,
        tallies: [this.#tally, tally],
        onRequest: (metric, evaluations, state) => this.#progress.request(metric, evaluations, state),
      });
      const ranked = rankFinalists(measured, settings.finals.regionWeight);
      finalists = ranked.slice(0, planned.keep).map(({ finalist }) => finalist);
      const record: Finals['stages'][number] = {
        stage,
        step: round,
        finalists: ranked.map((one) => one.record),
        kept: finalists.length,
      };
      stages.push(record);
      const step: SearchStep = {
        ...stepOf(round, `finals ${stage + 1}`, tally, started),
        best: bestOf(record.finalists[0]!),
      };
      this.#steps.push(step);
      this.#progress.leads(finalists[0]!.active);
      const { best, rounds, secondsElapsed, secondsLeft } = this.#progress;
      this.#emit({
        kind: 'stage-end',
        round,
        rounds,
        record,
        step,
        best: best!,
        secondsElapsed,
        secondsLeft,
      });
      this.#signal.throwIfAborted();
    }
    this.#active = finalists[0]!.active;
    this.#finals = { ...this.#finals, winner: this.#active };
  }

  #startRound(
    round: Pick<Extract<SearchEvent, { kind: 'round-start' }>, 'round' | 'phase' | 'candidates' | 'active'>,
  ) {
    this.#progress.startRound(round.round);
    const { rounds, evaluations } = this.#progress;
    this.#emit({ kind: 'round-start', rounds, ...round, evaluations });
  }

  async #round(
    kind: PruneRound['kind'],
    candidates: readonly Candidate[],
    kappaOrigin: Domain,
    weightRound: number,
    decide: (ranking: Ranking) => Decided,
  ): Promise<void> {
    const { supernet, evaluator, settings } = this.#input;
    const round = this.#rounds.length;
    const active = this.#active;
    const { rounds } = this.#progress;
    const open: OpenRound = {
      kind,
      round,
      active,
      candidates: [],
      tally: new Tally(),
      started: performance.now(),
    };
    this.#open = open;
    this.#startRound({ round, phase: kind, candidates: candidates.length, active });
    const measured = await measureRound(
      { round, weightRound, active, kappaOrigin, candidates, slots: slotCount(supernet) },
      {
        evaluator,
        settings,
        signal: this.#signal,
        tallies: [this.#tally, open.tally],
        onRequest: (metric, evaluations, state) => this.#progress.request(metric, evaluations, state),
        onMeasured: (some) => open.candidates.push(...some.map(candidateRecord)),
      },
    );
    const ranking = rankCandidates(
      measured.map(({ kappaChange, regionChange }) => ({
        kappa: kappaChange.value,
        regions: regionChange.value,
      })),
      settings.significantDigits,
    );
    const { pruned, decided } = decide(ranking);
    this.#active = withoutAll(active, pruned);
    const record: PruneRound = {
      round,
      active,
      candidates: open.candidates.map((candidate, index) =>
        rankedCandidate(candidate, ranking.ranks[index]!),
      ),
      ...decided,
    };
    this.#rounds.push(record);
    const step = roundStep(open);
    this.#steps.push(step);
    this.#open = null;
    this.#progress.ranked(candidates, ranking, this.#active);
    const { best, secondsElapsed, secondsLeft } = this.#progress;
    this.#emit({ kind: 'round-end', rounds, record, step, best: best!, secondsElapsed, secondsLeft });
    this.#signal.throwIfAborted();
  }

  /** Listeners are called from timers too, where nobody would catch what they throw. */
  #emit(event: SearchEvent): void {
    if (this.#broken.signal.aborted) return;
    try {
      this.#input.onProgress?.(event);
    } catch (error) {
      this.#broken.abort(error);
    }
  }

  #interrupted(reason: unknown): SearchInterrupted {
    const open = this.#open;
    if (open !== null) this.#steps.push({ ...roundStep(open), unfinished: true });
    return new SearchInterrupted(
      { ...this.#recordBase(open), status: 'interrupted', architecture: null, genotype: null },
      reason,
    );
  }

  /** @param open the round in which the search was stopped; null: none */
  #recordBase(open: OpenRound | null) {
    const { space, source, protocol, settings, seed, threads, evaluator } = this.#input;
    const { name, fingerprint, size: images, sampledFrom = null, skipped = 0 } = source;
    const { classes, height, width } = source;
    const detail: PruneDetail = {
      protocol,
      changes: { ntk: settings.kappaChange.kind, regions: settings.regionChange.kind },
      active: this.#active,
      rounds: this.#rounds,
      finals: this.#finals,
      unfinishedRound:
        open === null
          ? null
          : { kind: open.kind, round: open.round, active: open.active, candidates: open.candidates },
    };
    return {
      recordVersion: RECORD_VERSION,
      kind: 'search',
      strategy: PRUNING,
      versions: { search: SEARCH_VERSION, engine: evaluator.engine },
      plugins: [],
      space: space.name,
      dataset: { name, fingerprint, images, sampledFrom, skipped, classes, height, width },
      metrics: recordMetrics(settings),
      settings: { ...settings },
      seed,
      threads,
      startedAt: this.#startedAt,
      scores: null,
      steps: this.#steps,
      evaluations: { ...this.#tally.evaluations },
      failures: { ntk: this.#tally.failures },
      seconds: this.#progress.secondsElapsed,
      metricSeconds: { ...this.#tally.metricSeconds },
      detail,
    } as const;
  }
}

/** What a round prunes, and how its record says so. */
interface Decided {
  readonly pruned: readonly Choice[];
  readonly decided:
    | Pick<Extract<PruneRound, { kind: 'operations' }>, 'kind' | 'decisions'>
    | Pick<Extract<PruneRound, { kind: 'edges' }>, 'kind' | 'decision'>;
}

function edgesDecided(candidates: readonly Candidate[], ranking: Ranking, keep: number): Decided {
  const decided = decideEdges(candidates, ranking, keep);
  return { pruned: decided.pruned, decided: { kind: 'edges', decision: edgeDecision(decided) } };
}

/** What a step took. */
function stepOf(step: number, label: string, tally: Tally, started: number): SearchStep {
  return {
    step,
    label,
    evaluations: { ...tally.evaluations },
    failures: { ntk: tally.failures },
    seconds: (performance.now() - started) / 1000,
    metricSeconds: { ...tally.metricSeconds },
  };
}

function roundStep({ round, tally, started }: OpenRound): SearchStep {
  return stepOf(round, `round ${round + 1}`, tally, started);
}

/** The architecture that leads the finals, with what ranks it. */
function bestOf({ architecture, measured }: Finals['stages'][number]['finalists'][number]) {
  const scores = Object.entries(measured).map(([metric, { value }]): [string, Score] => [
    metric,
    { value, repeats: [], seconds: null },
  ]);
  return { architecture, scores: Object.fromEntries(scores) };
}
