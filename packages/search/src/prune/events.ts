import type { Finals, PruneRound, SearchStep } from '@tenas/records';
import type { Choices, Domain } from '@tenas/spaces';
import type { Protocol } from './protocols/table.js';
import type { CompleteRecord, EvaluationCounts } from './record.js';
import type { PruningSettings } from './settings.js';

/** Of each edge, the operation least likely to be pruned by what is known; pruned edges are absent. */
export type BestOps = Choices;

/** What a search tells while it runs. Rounds count from 0. */
export type SearchEvent =
  | {
      readonly kind: 'search-start';
      readonly space: string;
      readonly dataset: string;
      readonly protocol: Protocol;
      readonly settings: PruningSettings;
      readonly seed: number;
      /** Pruning rounds and stages of the finals. */
      readonly rounds: number;
      /** Evaluations that the whole search takes; with finals at most so many. */
      readonly evaluations: EvaluationCounts;
    }
  | {
      readonly kind: 'round-start';
      readonly round: number;
      readonly rounds: number;
      /** Stages of the finals count on from the pruning rounds. */
      readonly phase: PruneRound['kind'] | 'finals';
      readonly candidates: number;
      readonly active: Domain;
      /** Evaluations that the whole search takes, as far as known now. */
      readonly evaluations: EvaluationCounts;
    }
  | {
      readonly kind: 'candidates-done';
      readonly round: number;
      readonly rounds: number;
      /** Candidates of the round; where they are evaluated together, the same share of them as of the evaluations. */
      readonly done: number;
      readonly total: number;
      /** Evaluations of the round, both metrics together. */
      readonly evaluations: { readonly done: number; readonly total: number };
      readonly secondsElapsed: number;
      /** Of the whole search; null while unknown. */
      readonly secondsLeft: number | null;
      /** null in the first round. */
      readonly best: BestOps | null;
    }
  | {
      readonly kind: 'round-end';
      readonly rounds: number;
      readonly record: PruneRound;
      /** What it took. */
      readonly step: SearchStep;
      readonly best: BestOps;
      readonly secondsElapsed: number;
      readonly secondsLeft: number | null;
    }
  | {
      readonly kind: 'stage-end';
      readonly round: number;
      readonly rounds: number;
      readonly record: Finals['stages'][number];
      /** What it took, and the best architecture. */
      readonly step: SearchStep;
      /** Operations of the best architecture so far. */
      readonly best: BestOps;
      readonly secondsElapsed: number;
      readonly secondsLeft: number | null;
    }
  | { readonly kind: 'finish'; readonly record: CompleteRecord };
