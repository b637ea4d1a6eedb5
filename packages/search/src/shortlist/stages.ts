import { isRecord, settingError } from '@tenas/base';
import {
  type ChosenMetric,
  chooseMetrics,
  expandMetricNames,
  type MetricChoice,
  presetAmong,
  type RankedPopulation,
} from '@tenas/metrics/definitions';
import { inField } from '../in-field.js';
import { historyFor } from '../objective-settings.js';
import type { Strategy } from '../strategy.js';
import { DEFAULT_STAGES, type ShortlistSettings, shortlistFields } from './fields.js';

/** A stage of a shortlist, with complete settings. */
export interface Stage {
  readonly metrics: readonly ChosenMetric[];
  readonly repeats: number;
  /** Architectures that go on. */
  readonly keep: number;
  /** As the settings hold it, complete: with every setting of every metric. */
  readonly settings: NonNullable<ShortlistSettings['stages']>[number];
  /** An empty population, which ranks architectures as the stage does. */
  readonly population: () => RankedPopulation;
}

/**
 * The stages of a shortlist; none where there is no shortlist.
 *
 * @param known metrics with their settings, which those of the stages take that have none of their own
 * @throws TenasError `UNKNOWN_METRIC`, or `SETTING_INVALID` naming the field, e.g. `settings.stages[0].metrics`
 */
export function stagesOf(
  { shortlist = 0, stages }: ShortlistSettings,
  known: readonly ChosenMetric[],
): readonly Stage[] {
  if (shortlist === 0) {
    if (stages === undefined) return [];
    throw settingError('settings.stages', stages, 'absent without a shortlist; set shortlist, too');
  }
  const settled = new Map(known.map((chosen) => [chosen.metric.name, chosen]));
  return (stages ?? DEFAULT_STAGES).map((given, place) => {
    const field = `settings.stages[${place}].metrics`;
    const metrics = inField(field, () =>
      chooseMetrics(given.metrics.flatMap((one) => choicesOf(one, settled))),
    );
    for (const chosen of metrics) requireSame(field, chosen, settled);
    const named = given.metrics.filter((one) => typeof one === 'string');
    const aggregate = given.aggregate ?? inField(field, () => presetAmong(named))?.name ?? 'log-rank';
    const { missing, repeats, keep } = given;
    const population = () => historyFor({ metrics }, { aggregate, missing });
    inField(`settings.stages[${place}].aggregate`, population);
    const settings = { metrics: metrics.map(settingsOf), repeats, aggregate, missing, keep };
    return { metrics, repeats, keep, settings, population };
  });
}

type StageMetric = NonNullable<ShortlistSettings['stages']>[number]['metrics'][number];

/** The metrics that an entry of a stage stands for, those without settings with the settings that they have elsewhere. */
function choicesOf(given: StageMetric, settled: ReadonlyMap<string, ChosenMetric>): MetricChoice[] {
  if (typeof given !== 'string') {
    return Object.entries(given).map(([metric, settings]) => ({
      metric: settled.get(metric)?.metric ?? metric,
      settings,
    }));
  }
  return expandMetricNames([given]).map((name) => settled.get(name) ?? name);
}

/** A metric has the same settings in all of a search: its record says them once. */
function requireSame(field: string, chosen: ChosenMetric, settled: Map<string, ChosenMetric>): void {
  const { name } = chosen.metric;
  const known = settled.get(name);
  settled.set(name, chosen);
  if (known === undefined || JSON.stringify(known.settings) === JSON.stringify(chosen.settings)) return;
  throw settingError(
    field,
    chosen.settings,
    `as in the rest of the search, where ${name} has ${JSON.stringify(known.settings)}`,
  );
}

function settingsOf({ metric, settings }: ChosenMetric): Record<string, Record<string, unknown>> {
  return { [metric.name]: { ...settings } };
}

/** Whether a strategy has the settings of a shortlist: {@link shortlistFields}. */
function endsInShortlist({ settings }: Pick<Strategy, 'settings'>): boolean {
  const shape: unknown = 'shape' in settings ? settings.shape : undefined;
  return isRecord(shape) && shape.shortlist === shortlistFields.shortlist;
}

/**
 * The stages of a search by any strategy, and its settings with them complete.
 *
 * @param settings of the strategy, as its schema has read them
 * @param known as in {@link stagesOf}
 * @throws as {@link stagesOf}
 */
export function withStages<S extends object>(
  strategy: Pick<Strategy, 'settings'>,
  settings: S,
  known: readonly ChosenMetric[],
): { readonly settings: S; readonly stages: readonly Stage[] } {
  if (!endsInShortlist(strategy)) return { settings, stages: [] };
  const stages = stagesOf(settings, known);
  if (stages.length === 0) return { settings, stages };
  return { settings: { ...settings, stages: stages.map((stage) => stage.settings) }, stages };
}
