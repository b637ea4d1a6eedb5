import { readFileSync } from 'node:fs';
import { TenasError } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { createReport, parseResult } from '../src/index.js';
import { madeBatchCsv } from './support/made-documents.js';
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

  it('without an ending to their name, such as pipes, are told apart by their form, too', async () => {
    const pretty = JSON.stringify(await madeRecord({ space: 'nas-bench-201' }), null, 2);
    const line = JSON.stringify(madeScore('x'));
    const texts = [pretty, line, `${line}\n`, `${line}\n\n${line}\n`, madeBatchCsv(3)];
    const kinds = texts.map((text) => parseResult(text, '/dev/fd/63').kind);
    expect(kinds).toEqual(['search', 'score', 'score', 'batch', 'batch']);
    expect(() => parseResult('', '/dev/fd/63')).toThrow('/dev/fd/63: no rows');
  });

  it.each([
    ['not JSON', '{"rounds"', /given\.json: not JSON/],
    ['no object', '[1]', /holds no JSON object/],
    ['something else', '{"a": 1, "b": 2}', /none of the results.*a, b/],
    ['an error document', '{"error": {"code": "X"}}', /none of the results.*error/],
  ])('that are %s are refused by name', (_what, text, message) => {
    const problem = problemOf(text);
    expect(problem.code).toBe('RECORD_INVALID');
    expect(problem.message).toMatch(message);
  });

  it('of version 1 and 2 are read alike', () => {
    const fixture = new URL('../../records/test/fixtures/v1/search-finals.json', import.meta.url);
    const old = parseResult(readFileSync(fixture, 'utf8'), 'old.json');
    const again = parseResult(JSON.stringify(old.document), 'new.json');
    expect(createReport([again]).html.replaceAll('new.json', 'old.json')).toBe(createReport([old]).html);
  });

  it('with a wrong field are refused naming file, field, value and what would be right', async () => {
    const record = await madeRecord({ space: 'nas-bench-201' });
    const problem = problemOf(JSON.stringify({ ...record, seed: -1 }));
    expect(problem).toMatchObject({ code: 'RECORD_INVALID', field: 'seed', value: -1 });
    expect(problem.message).toBe(
      'dir/given.json: this looks like a search record, but seed is -1; it must be a whole number from 0',
    );
  });
});
