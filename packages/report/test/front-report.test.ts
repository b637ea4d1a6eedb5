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
    const headings = [...document.querySelectorAll('#front th')].map((heading) => heading.textContent);
    expect(headings).toEqual(['place', 'knee', 'score', 'params', 'latency, ms', 'architecture']);
    expect(rows[0]).toMatch(/^1–100/);
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

  /** A record whose front has some members with equal values. */
  function equalFront(count: number, values = { score: 0.5, params: 0, latency: 2 }) {
    const front = Array.from({ length: count }, () => ({ architecture: 'one', values }));
    return { ...madeFrontRecord(), front };
  }

  /** Numbers at the ticks of an axis, and how far the dots are from the end of the drawing in its direction. */
  function ticksOf(page: string, figure: string, axis: 'x' | 'y'): number[] {
    const labels = parseHTML(page).document.querySelectorAll(
      `#figure-${figure} [aria-label="${axis}-axis tick label"] text`,
    );
    return [...labels].map((label) => Number(label.textContent!.replace('−', '-').replace(',', '')));
  }

  it.each([1, 3])('draws axes around the values of a front of %i with equal values', (count) => {
    const { html, figures } = reportOf(equalFront(count));
    expect(figures.filter(({ name }) => name.startsWith('pareto'))).toHaveLength(2);
    for (const [figure, axis, value] of [
      ['pareto-params', 'x', 0],
      ['pareto-params', 'y', 0.5],
      ['pareto-latency', 'x', 2],
      ['pareto-latency', 'y', 0.5],
    ] as const) {
      const ticks = ticksOf(html, figure, axis);
      expect(new Set(ticks).size, `${figure} ${axis}`).toBeGreaterThanOrEqual(3);
      expect(Math.min(...ticks)).toBeLessThan(value);
      expect(Math.max(...ticks)).toBeGreaterThan(value);
    }
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it('says that one architecture is best by all objectives, and labels its dot', () => {
    const { html, figures } = reportOf(equalFront(1));
    const { document } = parseHTML(html);
    const [text] = [...document.querySelectorAll('h2')]
      .filter(({ textContent }) => textContent === 'The front')
      .map((heading) => heading.nextElementSibling!.textContent);
    expect(text).toBe(
      'One architecture is best by all objectives: no other one of the search is better in any of score, params, latency.',
    );
    const figure = document.querySelector('#figure-pareto-latency')!;
    const lines = [...figure.querySelectorAll('[aria-label="text"] tspan')].map((line) => line.textContent);
    expect(lines).toEqual(['one', 'score 0.5, latency 2 ms']);
    expect(figures.find(({ name }) => name === 'pareto-latency')!.description).toMatch(
      /^The front of 1 architecture\. .* one: score 0\.5, params 0, latency 2 ms\.$/,
    );
    // Nothing to step through, no knee to name.
    expect(document.querySelectorAll('.front-reader')).toHaveLength(0);
    const headings = [...document.querySelectorAll('#front th')].map((heading) => heading.textContent);
    expect(headings).toEqual(['place', 'score', 'params', 'latency, ms', 'architecture']);
    expect(document.querySelectorAll('#front tbody tr')).toHaveLength(1);
    expect(html).not.toContain('knee');
  });

  it('joins no line to the only architecture of two objectives', () => {
    const { objectives, ...record } = equalFront(1);
    const { figures, html } = reportOf({ ...record, objectives: objectives.slice(0, 2) });
    const [figure] = figures.filter(({ name }) => name === 'pareto-params');
    expect(figure!.note).not.toContain('line');
    expect(parseHTML(html).document.querySelector('#figure-pareto-params [aria-label="line"]')).toBeNull();
  });

  it('says that a front of several has no knee', () => {
    const { html } = reportOf(equalFront(3));
    expect(html).toContain('beats in all of score, params, latency. It has no knee.');
    expect(html).not.toContain('data-front><p>One architecture');
  });

  it('says so where objectives need no evaluations of metrics', () => {
    const { html } = reportOf({ ...madeFrontRecord(), evaluations: {}, failures: {} });
    expect(html).toContain('<dt>evaluations</dt><dd>none</dd><dt>without a value</dt><dd>none</dd>');
  });

  it('adds nothing to reports of other searches', () => {
    expect(reportOf(madeOwnRecord(4)).html).not.toContain('<div data-front');
  });
});
