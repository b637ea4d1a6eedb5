import type { MetricChoice } from '@tenas/metrics';
import type { z } from 'zod';
import type { Ask, Scores } from './ask.js';
import type { FrontMember } from './front/member.js';
import type { PresetInfo, PresetName } from './presets.js';

/** Requirements that a strategy may have of space and images. On others it is refused before any work. */
export type StrategyNeed =
  /** A space with a supernet. */
  | 'supernet'
  /** Images with labels, as the strategy trains networks. */
  | 'labels'
  /** A space whose architectures can be built block by block. */
  | 'progressive'
  /** A space whose decisions are the layers of a chain, or one with a supernet of the same decisions. */
  | 'layers';

/** All needs. */
export const STRATEGY_NEEDS: readonly StrategyNeed[] = ['supernet', 'labels', 'progressive', 'layers'];

/** The result of a strategy. */
export interface Found {
  /** An architecture of the space. */
  readonly architecture: object;
  /** Its scores, if the strategy has them from {@link Ask.score}; otherwise `runSearch` scores it. */
  readonly scores?: Scores | undefined;
  /** Its scores from the stages of a shortlist; the record holds them beside the others. */
  readonly stageScores?: Scores | undefined;
  /** The front of all that was evaluated, where the settings name objectives. */
  readonly front?: readonly FrontMember[] | undefined;
}

/** See {@link Strategy.complete}. */
export interface CompleteSettings {
  readonly settings: object;
  readonly metrics?: readonly MetricChoice[] | undefined;
  /** A word for names of files, where searches of the strategy are of different kinds. Default: the strategy's name. */
  readonly label?: string | undefined;
}

/**
 * A way to search a space: one file, and one line in the registry. The strategy decides what to evaluate next;
 * `runSearch` runs it and, through {@link Ask}, evaluates, records, reports progress and stops.
 */
export interface Strategy<S extends object = object> {
  /** Lower case letters, digits, hyphens. Stable: records name it. */
  readonly name: string;
  /** One line for people, without the name. */
  readonly title: string;
  /** Where it was published; empty if it was not. */
  readonly paper: string;
  readonly needs: readonly StrategyNeed[];
  /** Its needs with some settings, where some of them need less. Default: {@link needs}, whatever the settings. */
  needsWith?(settings: S): readonly StrategyNeed[];
  /** Metrics where none are named. They decide, unless {@link ranksBy} says which do. */
  readonly metrics: readonly string[];
  /** Metrics that always decide; the named ones are then only measured on the found architecture. */
  readonly ranksBy?: readonly string[] | undefined;
  /**
   * A strict zod object: every field has a default and a description, so that `{}` is enough, help can list them and
   * unknown ones are refused. A field may be optional instead where its default depends on others; its description
   * then says so.
   */
  readonly settings: z.ZodType<S>;
  /** What the presets of a system that trains are, and what they cost: values of its setting `preset`. */
  readonly presets?: Readonly<Record<PresetName, PresetInfo>> | undefined;
  /** Settings that get a separate flag beside `--set`: names of flags without dashes, and of the settings. */
  readonly flags?: Readonly<Record<string, string>> | undefined;
  /**
   * The settings as records hold them, where defaults depend on others, on the space or on the dataset, and the
   * metrics of {@link ranksBy} with their settings. Default: as the schemas fill them in.
   * Put over those that were given, they are settings again, and of the same search: batches keep them so.
   *
   * @throws TenasError `SETTING_INVALID` naming the setting
   */
  complete?(settings: S, about: Pick<Ask, 'space' | 'source' | 'metrics' | 'latency'>): CompleteSettings;
  /**
   * Whether a search with these settings asks {@link Ask.latency} for more than objectives: a model that nothing asks is
   * refused. Default: it does not.
   */
  usesLatency?(settings: S): boolean;
  /**
   * Searches. Everything that it draws comes from {@link Ask.random}, everything that it evaluates goes through
   * {@link Ask}: then the result depends on the seed alone.
   */
  run(ask: Ask, settings: S): Promise<Found>;
}
