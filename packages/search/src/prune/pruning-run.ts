import { plural } from '@tenas/base';
import { chooseMetrics, ntk, zen } from '@tenas/metrics';
import {
  cutsOf,
  type Finals,
  isPruneRecord,
  type PruneDetail,
  type PruneRound,
  type UnfinishedRound,
} from '@tenas/records';
import type { Choice, Domain, SpaceSupernet } from '@tenas/spaces';
import type { Ask, OpenStep, Scores } from '../ask.js';
import { evaluationCost } from '../evaluation-cost.js';
import type { Shortlist } from '../shortlist/shortlist.js';
import type { Found } from '../strategy.js';
import {
  type Candidate,
  countArchitectures,
  edgeCandidates,
  edgeGroups,
  operationCandidates,
  slotCount,
  withoutAll,
} from './candidates.js';
import { closestArchitectures, rankedInFinals } from './closest-architectures.js';
import { decideEdges, decideOperations, type MayGo } from './decisions.js';
import { detailAtStart } from './detail.js';
import type { SupernetEvaluator } from './evaluator.js';
import { type Finalist, finalistsOf, measureFinalists, rankFinalists } from './finals.js';
import { type AskContext, measureRound } from './measure-round.js';
import { finalsAt, type PlannedRound, planFinals, plannedEvaluations, planRounds } from './plan.js';
import type { Protocol } from './protocols/table.js';
import { type Ranking, rankCandidates } from './ranking.js';
import { type CandidateRecord, candidateRecord, edgeDecision, rankedCandidate } from './record.js';
import { leadersOf, RoundProgress } from './round-progress.js';
import type { FinalsSettings, PruningSettings } from './settings.js';
import { WithinReach } from './within-reach.js';

/** Passes through the network for a kernel, about: one forward, and one backward that costs about two. */
const KERNEL_PASSES = 3;

/** So many architectures are taken for each one on the shortlist, as isomorphic ones count once. */
const ISOMORPHIC = 8;

/** Everything that a run needs, checked. */
export interface RunInput {
  readonly ask: Ask;
  readonly supernet: SpaceSupernet;
  readonly protocol: Protocol;
  readonly settings: PruningSettings;
  readonly active: Domain;
  readonly evaluator: SupernetEvaluator;
  readonly shortlist: Shortlist;
}

/** One pruning search from start to end. */
export class PruningRun {
  readonly #input: RunInput;
  readonly #progress: RoundProgress;
  readonly #reach: WithinReach;
  readonly #rounds: PruneRound[] = [];
  #active: Domain;
  /** The round that is under way. */
  #open: UnfinishedRound | null = null;
  #finals: Finals | null = null;

  constructor(input: RunInput) {
    this.#input = input;
    this.#active = input.active;
    const { supernet, active, settings, ask } = input;
    this.#reach = new WithinReach(ask, supernet);
    this.#reach.require(active);
    const planned = planRounds(supernet, active, settings);
    this.#progress = new RoundProgress(planned);
    ask.describe(() => this.#detail());
    this.#plan(planned, planText(planned, settings));
  }

  /** Announces rounds, and the shortlist after them. */
  #plan(planned: readonly PlannedRound[], text?: string): void {
    const { ask, settings, shortlist } = this.#input;
    const steps = planned.map(({ candidates }) => candidates);
    const units = steps.reduce((sum, count) => sum + count, 0);
    const { ntk: kernels, zen: zens } = plannedEvaluations(planned);
    const { weights: _, ...ntkSettings } = settings.ntk;
    const kernel = evaluationCost(ask, chooseMetrics([{ metric: ntk, settings: ntkSettings }]));
    const score = evaluationCost(ask, chooseMetrics([{ metric: zen, settings: settings.finals?.zen ?? {} }]));
    const cost = KERNEL_PASSES * kernel * kernels + score * zens;
    ask.plan(shortlist.planned({ steps, cost: cost === 0 ? 1 : cost / units, text }));
  }

  /** @throws the reason of the signal when it is aborted; what the evaluator throws */
  async search(): Promise<Found> {
    this.#resume();
    await this.#pruneOperations();
    await this.#pruneEdges();
    await this.#runFinals();
    const { supernet, shortlist } = this.#input;
    const architecture = supernet.architectureOf(this.#active);
    return await shortlist.best({ architecture }, () => this.#ranked().map((one) => ({ architecture: one })));
  }

  /** Architectures for the shortlist, the found one first. */
  #ranked(): object[] {
    const { ask, supernet, shortlist } = this.#input;
    if (this.#finals !== null) return rankedInFinals(ask.space, this.#finals);
    // Some may be isomorphic.
    const count = ISOMORPHIC * shortlist.size;
    return closestArchitectures(supernet, { rounds: this.#rounds, active: this.#active, count });
  }

  /**
   * Takes over the rounds of an earlier run. Its final ranking is repeated: each stage depends on the previous ones.
   */
  #resume(): void {
    const { before } = this.#input.ask;
    if (before === null || !isPruneRecord(before)) return;
    const { rounds, finals, active } = before.detail;
    this.#input.ask.keep(rounds.length);
    this.#rounds.push(...rounds);
    this.#active = finals?.active ?? active;
  }

  /** Rounds until every edge has one operation left, or the final ranking begins. */
  async #pruneOperations(): Promise<void> {
    const { supernet, settings } = this.#input;
    for (;;) {
      const candidates = operationCandidates(supernet, this.#active);
      if (candidates.length === 0 || finalsAt(this.#active, settings)) return;
      await this.#round('operations', candidates, this.#active, this.#rounds.length, (ranking) => {
        const decisions = decideOperations(
          candidates,
          ranking,
          settings.pruneNumber,
          this.#reach.from(this.#active),
        );
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
    const earlier = this.#rounds.filter(({ kind }) => kind === 'edges');
    const beforeEdges = earlier[0]?.active ?? this.#active;
    const firstRound = this.#rounds.length - earlier.length;
    for (const group of edgeGroups(supernet)) {
      const candidates = edgeCandidates(supernet, this.#active, group);
      if (candidates.length <= keep) continue;
      const kappaOrigin = settings.edgePruning.kappaOrigin === 'current' ? this.#active : beforeEdges;
      await this.#round('edges', candidates, kappaOrigin, firstRound, (ranking) =>
        edgesDecided(candidates, ranking, keep, this.#reach.from(this.#active)),
      );
    }
  }

  /** Scores each remaining architecture, stage by stage, until one remains. */
  async #runFinals(): Promise<void> {
    const { ask, supernet, settings } = this.#input;
    const active = this.#active;
    if (settings.finals === null || !finalsAt(active, settings)) return;
    let finalists = finalistsOf(ask, supernet, active);
    const planned = planFinals(finalists.length, supernet.decisions.length, settings);
    this.#progress.replan(this.#rounds.length, planned);
    this.#plan(planned);
    const stages: Finals['stages'][number][] = [];
    this.#finals = {
      active,
      architectures: countArchitectures(active),
      distinct: finalists.length,
      stages,
      winner: null,
    };
    for (const stage of settings.finals.stages.keys()) {
      finalists = await this.#finalsStage(stage, finalists, settings.finals, stages);
    }
    this.#active = finalists[0]!.active;
    this.#finals = { ...this.#finals, winner: this.#active };
  }

  async #finalsStage(
    stage: number,
    finalists: readonly Finalist[],
    finals: FinalsSettings,
    stages: Finals['stages'][number][],
  ): Promise<Finalist[]> {
    const { ask, supernet } = this.#input;
    const number = this.#rounds.length + stage;
    return await ask.step(`finals ${stage + 1}`, async (step) => {
      this.#progress.startRound(number, step);
      const settings = finals.stages[stage]!;
      const measured = await measureFinalists(finalists, settings, this.#contextOf(step));
      const ranked = rankFinalists(measured, finals.regionWeight);
      const kept = ranked.slice(0, settings.keep).map(({ finalist }) => finalist);
      const record = {
        stage,
        step: number,
        finalists: ranked.map((one) => one.record),
        kept: kept.length,
      };
      stages.push(record);
      const { active } = kept[0]!;
      step.tell({
        best: { architecture: supernet.architectureOf(active), scores: scoresOf(record.finalists[0]!) },
        bestChoices: leadersOf([], [], active),
        text: `${plural(ranked.length, 'architecture')} scored, ${kept.length === 1 ? 'the best' : `the best ${kept.length}`} kept`,
      });
      return kept;
    });
  }

  async #round(
    kind: PruneRound['kind'],
    candidates: readonly Candidate[],
    kappaOrigin: Domain,
    weightRound: number,
    decide: (ranking: Ranking) => Decided,
  ): Promise<void> {
    const { ask, supernet, settings } = this.#input;
    const round = this.#rounds.length;
    const active = this.#active;
    const done: CandidateRecord[] = [];
    this.#open = { kind, round, active, candidates: done };
    await ask.step(`round ${round + 1}`, async (step) => {
      this.#progress.startRound(round, step);
      const measured = await measureRound(
        { round, weightRound, active, kappaOrigin, candidates, slots: slotCount(supernet) },
        {
          ...this.#contextOf(step),
          settings,
          onMeasured: (some) => done.push(...some.map(candidateRecord)),
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
        candidates: done.map((candidate, index) => rankedCandidate(candidate, ranking.ranks[index]!)),
        ...decided,
      };
      this.#rounds.push(record);
      this.#open = null;
      step.tell({ bestChoices: leadersOf(candidates, ranking.order, this.#active), text: roundText(record) });
    });
  }

  #contextOf(step: OpenStep): AskContext {
    const { ask, evaluator } = this.#input;
    return {
      evaluator,
      signal: ask.signal,
      count: (evaluated) => step.count(evaluated),
      onRequest: (metric, evaluations, state) => this.#progress.request(metric, evaluations, state),
    };
  }

  #detail(): PruneDetail {
    return {
      ...detailAtStart(this.#input),
      active: this.#active,
      rounds: this.#rounds,
      finals: this.#finals,
      unfinishedRound: this.#open,
    };
  }
}

/** The choices that a round prunes, and their record. */
interface Decided {
  readonly pruned: readonly Choice[];
  readonly decided:
    | Pick<Extract<PruneRound, { kind: 'operations' }>, 'kind' | 'decisions'>
    | Pick<Extract<PruneRound, { kind: 'edges' }>, 'kind' | 'decision'>;
}

function edgesDecided(
  candidates: readonly Candidate[],
  ranking: Ranking,
  keep: number,
  mayGo: MayGo,
): Decided {
  const decided = decideEdges(candidates, ranking, keep, mayGo);
  return { pruned: decided.pruned, decided: { kind: 'edges', decision: edgeDecision(decided) } };
}

function planText(planned: readonly PlannedRound[], { ntk }: PruningSettings): string {
  const { ntk: kernels, zen: zens, regions } = plannedEvaluations(planned);
  const evaluations = [
    ...(kernels > 0 ? [`${kernels} NTK (${ntk.mode} mode, batch ${ntk.batchSize})`] : []),
    ...(zens > 0 ? [`${zens} Zen-score`] : []),
    `${regions} region evaluations`,
  ];
  const stages = planned.filter(({ kind }) => kind === 'finals').length;
  const rounds = planned.length - stages;
  const steps = [
    ...(rounds > 0 ? [plural(rounds, 'round')] : []),
    ...(stages > 0 ? [plural(stages, 'stage')] : []),
  ];
  const list = new Intl.ListFormat('en-GB');
  // Of isomorphic architectures, the final ranking scores one.
  return `${list.format(steps)}, ${stages > 0 ? 'at most ' : ''}${list.format(evaluations)}`;
}

function roundText(round: PruneRound): string {
  const count = cutsOf(round).length;
  if (round.kind === 'operations') return `${plural(count, 'operation')} pruned`;
  return `${plural(count, 'edge')} of the ${round.decision.group} cell pruned`;
}

/** Scores of the best architecture of the final ranking so far. */
function scoresOf({ measured }: Finals['stages'][number]['finalists'][number]): Scores {
  return Object.fromEntries(
    Object.entries(measured).map(([metric, { value }]) => [metric, { value, repeats: [], seconds: null }]),
  );
}
