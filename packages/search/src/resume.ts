import { isDeepStrictEqual } from 'node:util';
import { TenasError } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import type { ChosenMetric } from '@tenas/metrics';
import {
  checkSamePlugIns,
  type Objective,
  type PlugInReference,
  type RecordedConstraint,
  type SearchRecord,
} from '@tenas/records';
import type { Space } from '@tenas/spaces';
import type { Constraint } from './constraints/constraint.js';

/** The options that have to be the same to resume a search. */
interface Resumed {
  readonly space: Space;
  readonly source: ImageSource;
  readonly strategy: string;
  readonly settings: object;
  readonly metrics: readonly ChosenMetric[];
  /** The metrics as the record would name them: some strategies rank by metrics with settings of their own. */
  readonly inRecord: SearchRecord['metrics'];
  /** Lists of other metrics that it scores by: of its objectives, and of the stages after it. */
  readonly others: readonly (readonly ChosenMetric[])[];
  readonly seed: number;
  readonly plugins: readonly PlugInReference[];
  readonly constraints: readonly Constraint[];
  readonly objectives: readonly Objective[];
}

/**
 * Checks that a search can go on from a record: that it would be the same search.
 *
 * @throws TenasError `RESUME_INVALID` naming the field; `PLUG_IN_CHANGED` where a file changed since
 */
export function checkResumable(record: SearchRecord, search: Resumed): void {
  const { space, source, strategy, settings, metrics, inRecord, others, seed } = search;
  const { plugins, constraints, objectives } = search;
  const settingsOf = (named: SearchRecord['metrics'], wanted: string) =>
    named.find(({ name }) => name === wanted)?.settings;
  checkSame('strategy', record.strategy, strategy);
  checkSame('space', record.space, space.name);
  checkSamePlugIns(record.plugins, plugins, {
    since: 'the search began',
    of: 'the record',
    advice: 'give the file as it was, or begin anew without the record',
  });
  checkSame('dataset.name', record.dataset.name, source.name);
  checkSame('dataset.fingerprint', record.dataset.fingerprint, source.fingerprint);
  checkSame('seed', record.seed, seed);
  const models = (some: readonly Objective[]) => some.map(({ model }) => model?.digest);
  checkSame('objectives', models(record.objectives ?? []), models(objectives));
  checkSame('constraints', (record.constraints ?? []).map(bounds), constraints.map(bounds));
  // Pruning scores supernets, not architectures: its metrics are measured at the end and may change.
  const [known, ...besides] = [metrics, ...others].map((some) =>
    some.map(({ metric }) => metric.name).sort(),
  );
  for (const { scores } of record.scored) {
    const names = Object.keys(scores).sort();
    if (besides.some((some) => isDeepStrictEqual(some, names))) continue;
    checkSame('metrics', names, known);
    break;
  }
  for (const { name } of metrics.map(({ metric }) => metric)) {
    checkSame(`metrics.${name}`, settingsOf(record.metrics, name), settingsOf(inRecord, name));
  }
  const wanted: Readonly<Record<string, unknown>> = { ...settings };
  for (const name of new Set([wanted, record.settings].flatMap(Object.keys))) {
    checkSame(`settings.${name}`, record.settings[name], wanted[name]);
  }
}

/** A constraint without the file of its model, which may lie elsewhere by now, and without a cost. */
function bounds({ name, op, limit, unit, model }: Omit<RecordedConstraint, 'value'>) {
  return { name, op, limit, unit, model: model?.digest };
}

function checkSame(field: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(plain(found), plain(wanted))) return;
  const [was, is] = [found, wanted].map((value) => JSON.stringify(value) ?? 'nothing');
  throw new TenasError(
    'RESUME_INVALID',
    `${field}: the record has ${was}, the search ${is}; a search goes on as it began`,
    {
      field,
      value: found,
    },
  );
}

/** As JSON would keep it. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
