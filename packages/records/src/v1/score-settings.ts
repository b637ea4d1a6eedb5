import { isRecord } from '@tenas/base';
import { z } from 'zod';
import { SETTING_COLUMNS_OF_V1 } from './batch-columns.js';

// A score in a batch of version 0.1 measured the same metrics always; its spec and its tasks set them by these fields.

const given = z.unknown().optional();

/** Fields of a score that set metrics; the metrics themselves say what they take. */
export const scoreFieldsV1 = { aggregation: given, ntk: given, regions: given };

/** A metric by its name, with settings to be checked by the metric. */
export interface NamedMetric {
  readonly name: string;
  readonly settings: unknown;
}

/** The metrics that a score measured, with the settings of its fields. */
export function metricsOfScoreV1(
  fields: {
    readonly [Field in keyof typeof scoreFieldsV1]?: unknown;
  },
): NamedMetric[] {
  const { aggregation, ntk = {}, regions = {} } = fields;
  const ntkSettings = aggregation !== undefined && isRecord(ntk) ? { ...ntk, aggregation } : ntk;
  return [
    { name: 'ntk', settings: ntkSettings },
    { name: 'regions', settings: regions },
    { name: 'params', settings: {} },
    { name: 'macs', settings: {} },
  ];
}

/** The field of a score that a setting of a metric came from, as a path. */
export function fieldOfScoreV1(metric: string, setting: readonly (string | number)[]): (string | number)[] {
  const { aggregation } = SETTING_COLUMNS_OF_V1;
  const own = aggregation.metric === metric && setting[0] === aggregation.setting;
  return own ? [...setting] : [metric, ...setting];
}
