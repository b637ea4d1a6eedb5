import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { createReport, parseResult } from '../src/index.js';
import { madeFrontRecord, madeOwnRecord } from './support/made-results.js';

function reportOf(document: unknown) {
  return createReport([parseResult(JSON.stringify(document), 'result.json')]);
}

describe('the report of a front', () => {
  it('shows figures by the first objective, a table, and the knees by name', () => {
    const { html, figures } = reportOf(madeFrontRecord());
    expect(figures.map(({ name }) => name).filter((name) => name.startsWith('pareto'))).toEqual([
      'pareto-params',
      'pareto-latency',
    ]);
    const [params] = figures.filter(({ name }) => name === 'pareto-params');
    expect(params!.description).toContain('12 architectures');
    expect(params!.description).toMatch(
      /Knees: cell-\d+: score [\d.]+, params [\d,.]+ k, latency [\d.]+ ms \(knee 1\)/,
    );
    const { document } = parseHTML(html);
    const rows = [...document.querySelectorAll('#front tbody tr')].map((row) => row.textContent);
    expect(rows).toHaveLength(12);
    expect(rows.filter((row) => row!.includes('knee 1'))).toHaveLength(1);
    expect(rows[0]).toContain('cell-0');
    expect(document.querySelector('#front th:nth-child(4)')!.textContent).toBe('latency, ms');
    const dots = [...document.querySelectorAll('#figure-pareto-params circle')];
    const titled = dots.flatMap((dot) => dot.querySelector('title')?.textContent ?? []);
    expect(titled).toHaveLength(12);
    expect(titled[3]).toMatch(/^cell-3: score /);
    expect(html).not.toMatch(/NaN|undefined/);
  });

  /** Labels and values of the tiles at the top. */
  function tilesOf(document: unknown): [string, string][] {
    const page = parseHTML(reportOf(document).html).document;
    return [...page.querySelectorAll('.tile')].map((tile) => [
      tile.querySelector('dt')!.textContent!,
      tile.querySelector('dd')!.textContent!,
    ]);
  }

  it('shows the values of the found architecture by all objectives, with units', () => {
    const record = madeFrontRecord();
    const memory = { name: 'memory', title: 'memory', better: 'lower', unit: 'bytes' };
    const front = record.front.map(({ architecture, values }, place) => ({
      architecture,
      values: { ...values, memory: 3_785_960 / (1 + place) },
    }));
    const several = { ...record, objectives: [...record.objectives, memory], front };
    expect(tilesOf({ ...several, scores: null })).toEqual([
      ['search time', '1 s'],
      ['a score', '100'],
      ['parameters', '1.5 M'],
      ['predicted latency on laptop', '9 ms'],
      ['memory', '3.79 MB'],
      ['evaluations', '4'],
    ]);
    // The architecture that the record names counts, not the first of the front.
    expect(tilesOf({ ...several, architecture: 'cell-3', genotype: 'cell-3' })).toContainEqual([
      'parameters',
      '375 k',
    ]);
  });

  it('shows no value twice that is a score and an objective', () => {
    const record = madeFrontRecord();
    const bare = (value: number) => ({ value, repeats: [], seconds: null });
    const [score, ...others] = record.objectives;
    const labels = tilesOf({
      ...record,
      objectives: [{ ...score, title: 'score of edges' }, ...others],
      scores: { edge_score: bare(100), params: bare(1_500_000), macs: bare(7) },
    }).map(([label]) => label);
    expect(labels).toEqual([
      'search time',
      'score of edges',
      'parameters',
      'predicted latency on laptop',
      'multiply-adds',
      'evaluations',
    ]);
  });

  it.each([
    ['an answer beside the front', { architecture: 'other', genotype: 'other' }],
    ['no objectives', { objectives: undefined, front: undefined }],
  ])('shows no objectives of %s', (_, changed) => {
    const labels = tilesOf({ ...madeFrontRecord(), ...changed }).map(([label]) => label);
    expect(labels).toEqual(['search time', 'score of edges', 'evaluations']);
  });

  it.each([
    ['no front', { front: undefined, objectives: undefined }],
    ['an empty front', { front: [] }],
    ['values of other objectives', { front: [{ architecture: 'one', values: { other: 1 } }] }],
  ])('is left out where a record has %s', (_, changed) => {
    const { html, figures } = reportOf({ ...madeFrontRecord(), ...changed });
    expect(figures.some(({ name }) => name.startsWith('pareto'))).toBe(false);
    expect(html).not.toContain('The front');
  });

  it('takes a front of one, and values that are all equal', () => {
    for (const count of [1, 3]) {
      const front = Array.from({ length: count }, () => ({
        architecture: 'one',
        values: { score: 1, params: 0, latency: 2 },
      }));
      const { html, figures } = reportOf({ ...madeFrontRecord(), front });
      expect(figures.some(({ name }) => name === 'pareto-latency')).toBe(true);
      expect(html).toContain('It has no knee.');
      expect(html).not.toMatch(/NaN|undefined/);
    }
  });

  it('adds nothing to reports of other searches', () => {
    expect(reportOf(madeOwnRecord(4)).html).not.toContain('<div data-front');
  });
});
