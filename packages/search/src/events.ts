import type { CompleteSearch, SearchStep } from '@tenas/records';
import type { Choices } from '@tenas/spaces';

/** How far a search is. */
export interface SearchState {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Steps of the whole search, as far as known. */
  readonly steps: number;
  readonly label: string;
  /** Units of the step that are done, and planned. */
  readonly done: number;
  readonly total: number;
  /** Shares of the whole search. */
  readonly share: number;
  /** The best architecture so far as text; null: none yet. */
  readonly best: string | null;
  /** The best choices so far, by decision; null: none yet, or the architecture is not made of choices. */
  readonly bestChoices: Choices | null;
  /** Its values by metric; null: none yet. */
  readonly values: Readonly<Record<string, number | null>> | null;
  /** Architectures that the constraints refused so far; absent where there are no constraints. */
  readonly refused?: number | undefined;
  readonly secondsElapsed: number;
  /** Time left of the whole search; null while unknown. */
  readonly secondsLeft: number | null;
}

/** Events of a running search, the same for every strategy. */
export type SearchEvent =
  | {
      readonly kind: 'start';
      readonly strategy: string;
      readonly space: string;
      readonly dataset: string;
      readonly metrics: readonly string[];
      /** Complete. */
      readonly settings: Readonly<Record<string, unknown>>;
      readonly seed: number;
      readonly steps: number;
      /** The plan, in words. */
      readonly text: string;
    }
  | ({ readonly kind: 'step-start' } & SearchState)
  | ({ readonly kind: 'progress' } & SearchState)
  | ({
      readonly kind: 'step-end';
      readonly record: SearchStep;
      /** The result of the step, in words; null: none was reported. */
      readonly text: string | null;
    } & SearchState)
  /** Notes of the engine for people, each once. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'finish'; readonly record: CompleteSearch };
