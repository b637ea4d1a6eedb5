import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { inlineSvg } from '../src/figure.js';
import { createReport, parseResult, type Result } from '../src/index.js';
import { madeBench, madeEvaluation, madeJudgement } from './support/made-documents.js';

function result(document: unknown): Result {
  return parseResult(JSON.stringify(document), 'document.json');
}

describe('the report of an evaluation', () => {
  it('shows tau, curves and scatters for every dataset, and every number in a table', () => {
    const { html, figures } = createReport([result(madeEvaluation())]);
    expect(figures.map(({ name }) => name)).toEqual([
      'tau',
      'tops',
      'top-k',
      'expected-best',
      'scatter-1',
      'scatter-2',
      'scatter-3',
      'tau-dataset-2',
      'tops-dataset-2',
      'top-k-dataset-2',
      'expected-best-dataset-2',
      'scatter-1-dataset-2',
      'scatter-2-dataset-2',
      'scatter-3-dataset-2',
    ]);
    const kappa = figures.find(({ name }) => name === 'scatter-1')!;
    expect(kappa.title).toBe('kappa: τ 0.512');
    // One has no value, one is a network that learned nothing.
    expect(kappa.description).toContain('59 architectures');
    expect(kappa.note).toContain('1 below 80 %');
    const { document } = parseHTML(html);
    const data = JSON.parse(document.querySelector('[data-table] script')!.textContent!);
    expect(data.rows).toHaveLength(12);
    expect(data.rows[0][3]).toEqual([0.512, '0.512 [0.462, 0.562]']);
    expect(data.rows[2][0]).toBe('log-ranks: kappa + regions');
    expect(data.rows[0][6]).toBeNull();
  });

  it('shows what version 2 adds: hits, partial correlations, reachable cells, metrics among themselves', () => {
    const document = madeJudgement();
    const { html, figures } = createReport([result(document)]);
    const named = (name: string) => figures.find((figure) => figure.name === name)!;
    expect(figures.map(({ name }) => name).filter((name) => !/dataset|scatter/.test(name))).toEqual([
      ...['tau', 'tops', 'hits', 'partial', 'reachable', 'top-k', 'expected-best', 'matrix', 'matrix-2'],
    ]);
    expect(named('hits').description).toContain('regions 0.3; kappa 0.3');
    expect(named('partial').description).toContain('Partial rho given params and macs: kappa 0.2');
    expect(named('partial').description).not.toContain('regions');
    expect(named('reachable').note).toContain('the 40 in which');
    expect(named('matrix').description).toBe(
      "Kendall's tau between metrics. Most alike: kappa and regions 0.4. Least: kappa and regions 0.4.",
    );
    expect(inlineSvg(named('matrix')).markup).toContain('>.40<');
    // The whole curve, and a control by its mark.
    expect(named('top-k').description).toContain('regions 1.25');
    expect(inlineSvg(named('tau')).markup).toContain('regions *');
    expect(inlineSvg(named('tau')).markup).toContain('* controls');
    const { document: page } = parseHTML(html);
    const data = JSON.parse(page.querySelector('[data-table] script')!.textContent!);
    expect(data.rows[1][0]).toBe('regions *');
    expect(data.rows[0].slice(7, 11)).toEqual([
      [0.1, '0.1'],
      [0.9, '0.9'],
      [0.3, '0.3'],
      [0.2, '0.2'],
    ]);
  });

  it('leaves room for many metrics with long names', () => {
    const { figures } = createReport([result(madeJudgement(50))]);
    for (const name of ['tau', 'tops', 'hits', 'matrix']) {
      const { width, height } = figures.find((figure) => figure.name === name)!;
      expect(width).toBeLessThan(1000);
      expect(height).toBeLessThan(1000);
    }
  });

  it('draws a whole space as hexagons', () => {
    const { html } = createReport([result(madeEvaluation(15_620))]);
    expect(html.length).toBeLessThan(3e6);
  });

  it('refuses columns of unequal length', () => {
    const document = madeEvaluation();
    document.points.values.kappa!.pop();
    expect(() => result(document)).toThrow(/points\.values\.kappa.*60 values/);
  });
});

describe('the report of a benchmark', () => {
  it('shows rates beside the roof, the roofline, and ratios', () => {
    const { html, figures } = createReport([
      result(madeBench('2026-11-24T10:00:00.000Z', 1)),
      result(madeBench('2026-11-25T10:00:00.000Z', 2)),
    ]);
    const names = figures.map(({ name }) => name);
    expect(names).toEqual([
      'bench-rates',
      'bench-roofline',
      'bench-speedups',
      'bench-targets',
      'bench-comparison-2',
      'bench-rates-2',
      'bench-roofline-2',
      'bench-speedups-2',
      'bench-targets-2',
    ]);
    const description = (name: string) => figures.find((figure) => figure.name === name)!.description;
    expect(description('bench-targets')).toBe('ntk: 2; speed-up: 0.778.');
    expect(description('bench-comparison-2')).toBe('ntk: 2; speed-up: 1.');
    expect(description('bench-roofline')).toContain('Peak 285 GFLOP/s');
    expect(description('bench-roofline')).toContain('1 ntk: 61.3 GFLOP/s at 9');
    expect(parseHTML(html).document.querySelector('.notice')!.textContent).toContain('other work');
  });
});
