import { isRecord, nearWords, settingError, TenasError, wordsText } from '@tenas/base';
import {
  type ChosenMetric,
  chooseMetrics,
  listMetrics,
  listPresets,
  macs,
  params,
  type RankingMetric,
  standsForSeveral,
} from '@tenas/metrics/definitions';
import type { Objective } from '@tenas/records';
import type { Ask } from '../ask.js';
import { costsBy } from '../constraints/constraint.js';
import { CONSTRAINT_NAMES, type ConstraintName, unitOf } from '../constraints/read-constraint.js';
import { inField } from '../in-field.js';
import type { ObjectiveSettings } from '../objective-settings.js';
import type { Strategy } from '../strategy.js';
import { frontFields, optionalFrontFields, SCORE } from './fields.js';

/** Where the values of an objective come from. */
export type ObjectiveSource =
  /** The rank by all metrics of the search, among all architectures so far. */
  | { readonly kind: 'rank' }
  | { readonly kind: 'metric'; readonly name: string }
  | { readonly kind: 'cost'; readonly of: (architecture: object) => number };

/** The objectives of a search. */
export interface Objectives {
  readonly list: readonly (Objective & { readonly source: ObjectiveSource })[];
  /** Metrics that their values need; none where all follow from the architecture alone. */
  readonly metrics: readonly ChosenMetric[];
}

/** Settings that say what the objectives are. */
export interface FrontSettings extends ObjectiveSettings {
  readonly objectives?: readonly string[] | undefined;
}

/** What objectives depend on. */
export type ObjectivesAbout = Pick<Ask, 'space' | 'source' | 'metrics' | 'latency'>;
type About = ObjectivesAbout;

/**
 * The objectives of a search by any strategy; null where it has none.
 *
 * @param settings of the strategy, as its schema has read them
 * @throws as {@link objectivesOf}
 */
export function objectivesOfSearch(
  { settings: schema }: Pick<Strategy, 'settings'>,
  settings: object,
  about: About,
): Objectives | null {
  const shape: unknown = 'shape' in schema ? schema.shape : undefined;
  const field = isRecord(shape) ? shape.objectives : undefined;
  if (field !== frontFields.objectives && field !== optionalFrontFields.objectives) return null;
  return objectivesOf(about, settings as FrontSettings, { ranked: field === optionalFrontFields.objectives });
}

/**
 * The objectives that settings name; null where they name none.
 *
 * @param search whether it ranks by the chosen metrics whatever the objectives are
 * @throws TenasError `SETTING_INVALID` or `UNKNOWN_METRIC`, naming `settings.objectives`
 */
export function objectivesOf(
  about: About,
  settings: FrontSettings,
  { ranked }: { readonly ranked: boolean },
): Objectives | null {
  const { objectives: given } = settings;
  if (given === undefined) return null;
  const wanted = given.map((text) => {
    const [name, direction] = text.split(':');
    return { name: name!, better: direction as RankingMetric['better'] | undefined };
  });
  const names = wanted.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    throw settingError('settings.objectives', given, 'a list that names each objective once');
  }
  const costs = costsBy({ space: about.space, images: about.source, latency: about.latency });
  const measured = names.filter((name) => name !== SCORE && !isCost(name));
  for (const name of measured) requireKnown(name, about.metrics);
  const chosen = inField('settings.objectives', () =>
    chooseMetrics(measured.filter((name) => !has(about.metrics, name))),
  );
  const usesChosen = ranked || names.includes(SCORE) || measured.some((name) => has(about.metrics, name));
  const metrics = [...(usesChosen ? about.metrics : []), ...chosen];
  const list = wanted.map(({ name, better }) => {
    if (listPresets().some((preset) => preset.name === name)) {
      const right = `metrics one by one; ${name} is an aggregate: choose it as the metric of the search, and the objective ${SCORE} is its rank`;
      throw settingError('settings.objectives', given, right);
    }
    const objective =
      name === SCORE ? scoreOf(about, settings) : (costOf(costs, name) ?? metricOf(metrics, name));
    return { ...objective, name, better: better ?? objective.better };
  });
  return { list, metrics };
}

/** @throws TenasError `UNKNOWN_METRIC` where an objective is called so by mistake, with the ones that may be meant */
function requireKnown(name: string, own: readonly ChosenMetric[]): void {
  const metrics = [...own.map(({ metric }) => metric), ...listMetrics()].map((metric) => metric.name);
  if (metrics.includes(name) || standsForSeveral(name)) return;
  const [meant] = nearWords(name, [SCORE, ...CONSTRAINT_NAMES, ...metrics]);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  const wanted = `must be ${SCORE}, ${CONSTRAINT_NAMES.join(', ')} or a metric that \`tenas info\` lists`;
  throw new TenasError(
    'UNKNOWN_METRIC',
    `settings.objectives: unknown objective ${JSON.stringify(name)}, ${wanted}${hint}`,
    {
      field: 'settings.objectives',
      value: name,
    },
  );
}

function has(metrics: readonly ChosenMetric[], name: string): boolean {
  return metrics.some(({ metric }) => metric.name === name);
}

type Described = Omit<Objectives['list'][number], 'name'>;

/** How costs are called where they have a metric's name. */
const COUNTED = [params, macs];

/** An objective that is a cost; null: no cost is called so. @throws TenasError `SETTING_INVALID` for latency without a model */
function costOf(costs: ReturnType<typeof costsBy>, name: string): Described | null {
  if (!isCost(name)) return null;
  const cost = costs[name];
  if (cost === null) {
    const right =
      'other objectives, or a latency model beside it: tenas latency table makes one, --latency-model names it';
    throw settingError('settings.objectives', name, right);
  }
  const { model, costOf: of } = cost;
  const counted = COUNTED.find((metric) => metric.name === name);
  const title = counted?.title ?? (model === undefined ? name : `predicted ${name} on ${model.device}`);
  return {
    title,
    better: 'lower',
    ...(counted === undefined ? { unit: unitOf(name) } : {}),
    ...(model === undefined ? {} : { model }),
    source: { kind: 'cost', of },
  };
}

function isCost(name: string): name is ConstraintName {
  return CONSTRAINT_NAMES.some((cost) => cost === name);
}

function metricOf(metrics: readonly ChosenMetric[], name: string): Described {
  const { title, better } = metrics.find(({ metric }) => metric.name === name)!.metric;
  return { title, better, source: { kind: 'metric', name } };
}

/** One metric has values; several have a rank among the architectures of the search. */
function scoreOf({ metrics }: About, { aggregate }: FrontSettings): Described {
  const [first, ...others] = metrics;
  if (first === undefined) {
    throw settingError('metrics', [], `at least one metric, which the objective ${SCORE} stands for`);
  }
  if (others.length === 0) return metricOf(metrics, first.metric.name);
  const preset = listPresets().find(({ name }) => name === aggregate);
  const names = wordsText(metrics.map(({ metric }) => metric.name));
  const title = preset === undefined ? `${aggregate} of ${names}` : preset.title;
  return { title, better: 'higher', source: { kind: 'rank' } };
}
