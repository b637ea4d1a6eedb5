import { describe, expect, it } from 'vitest';
import {
  CSV_COLUMNS,
  columnOfMetric,
  JOB_COLUMNS,
  metricColumns,
  metricOfColumn,
  metricOfRepeatsColumn,
  readCsv,
  repeatsColumnOf,
} from '../src/index.js';

describe('columns of a batch', () => {
  it('of metrics that version 0.1 knew are called as they were', () => {
    expect(['ntk', 'regions', 'params', 'macs'].map(columnOfMetric)).toEqual([
      ...['kappa', 'regions', 'params', 'flops'],
    ]);
    expect(['ntk', 'regions'].map(repeatsColumnOf)).toEqual(['kappas', 'regionCounts']);
  });

  it('of all other metrics are called as these, unless a job has that column', () => {
    expect(['naswot', 'my-metric', 'seed', 'kappa'].map(columnOfMetric)).toEqual([
      ...['naswot', 'my-metric', 'seed.value', 'kappa.value'],
    ]);
    expect(repeatsColumnOf('naswot')).toBe('naswot.repeats');
  });

  it.each(['ntk', 'regions', 'params', 'macs', 'naswot', 'seed', 'key'])('lead back to %s', (metric) => {
    expect(metricOfColumn(columnOfMetric(metric))).toBe(metric);
    expect(metricOfRepeatsColumn(repeatsColumnOf(metric))).toBe(metric);
    expect(metricOfRepeatsColumn(columnOfMetric(metric))).toBeNull();
  });

  it('begin with those of 0.1', () => {
    expect(CSV_COLUMNS.slice(0, 10)).toEqual([
      ...['space', 'dataset', 'architecture', 'seed', 'repeats'],
      ...['kappa', 'regions', 'params', 'flops', 'seconds'],
    ]);
    expect(JOB_COLUMNS).toContain('strategy');
    for (const column of ['kappa', 'kappas', 'regions', 'regionCounts', 'params', 'flops']) {
      expect(CSV_COLUMNS).toContain(column);
      expect(JOB_COLUMNS).not.toContain(column);
    }
  });

  it('are metrics where they hold values and not those of single repeats', () => {
    const header = 'architecture,seed,kappa,kappas,flops,naswot,naswot.repeats,seed.value,note';
    const table = readCsv(`${header}\na,1,2,2,3,4.5,4.5,6,x`, 'f');
    expect(metricColumns(table)).toEqual([
      { column: 'kappa', metric: 'ntk' },
      { column: 'flops', metric: 'macs' },
      { column: 'naswot', metric: 'naswot' },
      { column: 'seed.value', metric: 'seed' },
    ]);
  });

  it('are no metrics where a batch measured others; one that failed throughout is', () => {
    const columns = (kappas: string) => {
      const rows = [`a,,${kappas},,,4`, `b,,${kappas},,,5`].join('\n');
      return metricColumns(readCsv(`architecture,kappa,kappas,regions,regionCounts,naswot\n${rows}`, 'f'));
    };
    expect(columns('').map(({ metric }) => metric)).toEqual(['naswot']);
    expect(columns('-;-').map(({ metric }) => metric)).toEqual(['ntk', 'naswot']);
  });
});
