import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { createReport, parseResult, type Result } from '../src/index.js';
import { madeOwnRecord } from './support/made-results.js';

function result(document: unknown): Result {
  return parseResult(JSON.stringify(document), 'result.json');
}

function textOf(html: string): string {
  return parseHTML(html).document.querySelector('main')!.textContent!.replace(/\s+/g, ' ');
}

describe('the report of a search level by level', () => {
  const cell = (architecture: string, predicted: number | null, target: number) => ({
    ...{ architecture, predicted, target },
    fitted: 0.5,
  });
  const level = {
    ...{ level: 1, candidates: 2, seen: 2, ahead: null, own: 0.875, gap: null },
    errors: { ensemble: 0.125, members: 0.25 },
    cells: [cell('one block', null, 0.25), cell('another block', null, 0.75)],
  };
  const second = {
    ...{ ...level, level: 2, candidates: 40_800, seen: 4, ahead: 0.375, gap: 0.0625 },
    cells: [cell('two blocks', 0.9, 0.4), cell('two others', 0.8, 0.9)],
  };
  const detail = { levels: [level, second] };

  it('shows how each level was predicted, and what was best', () => {
    const { html, figures } = createReport([result({ ...madeOwnRecord(4), detail })]);
    expect(figures.map(({ name }) => name)).toEqual(['best-edge_score', 'best-macs', 'predictor-2', 'time']);
    expect(figures[2]!.description).toContain('of 2 architectures');
    expect(figures[2]!.description).toContain('0.38 before, 0.88 after');
    const text = textOf(html);
    expect(text).toContain('Level by level');
    expect(text).toContain('40,800');
    for (const best of ['another block', 'two others']) expect(html).toContain(best);
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it.each([
    ['no levels', { levels: [] }],
    ['a level without cells', { levels: [{ ...level, cells: [] }] }],
  ])('takes %s', (_, some) => {
    const { html, figures } = createReport([result({ ...madeOwnRecord(4), detail: some })]);
    expect(figures.map(({ name }) => name)).not.toContain('predictor-1');
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it.each([
    ['an unknown field', { ...detail, more: 1 }],
    ['a correlation above 1', { levels: [{ ...level, own: 2 }] }],
    ['a target above 1', { levels: [{ ...level, cells: [cell('one', null, 2)] }] }],
  ])('leaves out levels with %s', (_, wrong) => {
    const { html } = createReport([result({ ...madeOwnRecord(4), detail: wrong })]);
    expect(textOf(html)).not.toContain('Level by level');
  });
});
