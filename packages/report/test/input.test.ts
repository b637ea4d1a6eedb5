import { TenasError } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { parseResult } from '../src/index.js';
import { madeExport, madeRecord, madeScore } from './support/made-results.js';

function problemOf(text: string): TenasError {
  try {
    parseResult(text, 'dir/given.json');
  } catch (error) {
    if (error instanceof TenasError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('result files', () => {
  it('are told apart by what is in them', async () => {
    const record = await madeRecord({ space: 'nas-bench-201' });
    const kinds = [record, madeScore('x'), madeExport('x')].map(
      (document) => parseResult(JSON.stringify(document), 'f').kind,
    );
    expect(kinds).toEqual(['search', 'score', 'export']);
  });

  it.each([
    ['not JSON', '{"rounds"', /given\.json: not JSON.*tenas search/],
    ['no object', '[1]', /holds no JSON object/],
    ['something else', '{"a": 1, "b": 2}', /none of the results.*a, b/],
    ['an error document', '{"error": {"code": "X"}}', /none of the results.*error/],
  ])('that are %s are refused by name', (_what, text, message) => {
    const problem = problemOf(text);
    expect(problem.code).toBe('RESULT_INVALID');
    expect(problem.message).toMatch(message);
  });

  it.each([
    [['rounds', 0, 'candidates', 3, 'kappaChange'], 'x', 'rounds.0.candidates.3.kappaChange'],
    [['rounds', 1, 'decisions', 0, 'margin'], null, 'rounds.1.decisions.0.margin'],
    [['rounds', 0, 'kind'], 'nodes', 'rounds.0.kind'],
    [['status'], 'done', 'status'],
    [['recordVersion'], 2, 'recordVersion'],
    [['seconds'], undefined, 'seconds'],
    [['dataset', 'images'], -1, 'dataset.images'],
    [
      ['rounds', 0, 'candidates', 0, 'kappa', 'candidate', 0],
      { failed: 3 },
      'rounds.0.candidates.0.kappa.candidate.0',
    ],
  ] as const)(
    'with a wrong field at %j are refused naming file, field and value',
    async (path, wrong, field) => {
      const record = JSON.parse(JSON.stringify(await madeRecord({ space: 'nas-bench-201' })));
      const parent = path.slice(0, -1).reduce((value, key) => value[key], record);
      parent[path.at(-1)!] = wrong;
      const problem = problemOf(JSON.stringify(record));
      expect(problem.field).toBe(field);
      expect(problem.message).toContain('dir/given.json');
      expect(problem.message).toContain(wrong === undefined ? 'is missing' : `is ${JSON.stringify(wrong)}`);
      expect(problem.message).toMatch(/it must be \S/);
    },
  );
});
