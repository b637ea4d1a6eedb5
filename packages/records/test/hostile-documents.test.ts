import { TenasError } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { allowed } from '../../../test/support/patience.js';
import { parseJsonText, readDocument, readSearchRecord } from '../src/index.js';
import { fixtureV1 } from './fixture.js';

function problemOf(document: unknown): TenasError {
  const start = performance.now();
  try {
    readDocument(document, 'given.json');
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    expect(performance.now() - start).toBeLessThan(allowed(2000));
    expect(error.code).toBe('RECORD_INVALID');
    expect(error.message).toContain('given.json');
    expect(error.message.length).toBeLessThan(1500);
    return error;
  }
  throw new Error('it was accepted');
}

const v2 = (name: 'search-finals' | 'search-edges') =>
  JSON.parse(JSON.stringify(readSearchRecord(fixtureV1(name))));

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

describe('documents from anybody', () => {
  it('name no nodes beyond what can be drawn', () => {
    const old = fixtureV1('search-edges');
    old.rounds.at(-1).active.normal['16000000<-0'] = ['skip_connect'];
    expect(problemOf(old).message).toMatch(/rounds\.6\.active\.normal.*an edge such as/);
    const record = v2('search-edges');
    record.detail.active['normal/16000000<-0'] = ['skip_connect'];
    expect(problemOf(record).message).toMatch(/detail\.active.*numbers up to 9999/);
  });

  it('name no field twice', () => {
    const text = JSON.stringify(v2('search-finals')).replace('{', '{"seed":1,');
    expect(() => parseJsonText(text, 'given.json')).toThrow(
      expect.objectContaining({
        code: 'RECORD_INVALID',
        message: 'given.json: not JSON that is read here: a key is given twice: "seed"',
      }),
    );
  });

  it('have no texts of megabytes', () => {
    const record = v2('search-finals');
    record.architecture = 'x'.repeat(30_000_000);
    expect(problemOf(record).message).toContain('30000000 characters');
    record.architecture = 'x'.repeat(100_000);
    expect(problemOf(record)).toMatchObject({ field: 'architecture' });
  });

  it.each([
    ['settings', nested(100)],
    ['settings', { deep: nested(1_000_000) }],
    ['detail', nested(1_000_000)],
  ])('are not nested without end: %s', (field, value) => {
    const record = { ...v2('search-finals'), strategy: 'other', [field]: value };
    expect(problemOf(record).message).toContain('nested deeper than 32 levels');
  });

  it('are told what would be right in our words', () => {
    const record = v2('search-finals');
    const [metric] = Object.keys(record.scores);
    record.scores[metric!] = null;
    expect(problemOf(record).message).toMatch(/but scores\.\S+ is null; it must be an object$/);
  });

  it('are bounded as text, too', () => {
    const text = `{"recordVersion": 2, "detail": ${'['.repeat(2_000_000)}`;
    expect(() => parseJsonText(text, 'given.json')).toThrow(/given\.json: .*32 levels/);
    expect(() => parseJsonText('{"a": ', 'given.json')).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID' }),
    );
  });

  it.each([
    ['[1]', 'holds no JSON object'],
    ['{"a": 1, "b": 2}', 'its fields: a, b'],
    ['{"recordVersion": 3, "status": "complete"}', '1 or 2, the versions of records'],
  ])('%s is refused saying why', (text, reason) => {
    expect(problemOf(JSON.parse(text)).message).toContain(reason);
  });

  it.each([
    [['rounds', 0, 'candidates', 3, 'kappaChange'], 'x', 'rounds.0.candidates.3.kappaChange'],
    [['rounds', 1, 'decisions', 0, 'margin'], null, 'rounds.1.decisions.0.margin'],
    [['rounds', 0, 'kind'], 'nodes', 'rounds.0.kind'],
    [['status'], 'done', 'status'],
    [['seconds'], undefined, 'seconds'],
    [['dataset', 'images'], -1, 'dataset.images'],
  ] as const)('with a wrong field of version 1 at %j are refused naming it', (path, wrong, field) => {
    const record = fixtureV1('search-finals');
    const parent = path.slice(0, -1).reduce((value, key) => value[key], record);
    parent[path.at(-1)!] = wrong;
    const problem = problemOf(record);
    expect(problem.field).toBe(field);
    expect(problem.message).toContain(wrong === undefined ? 'is missing' : `is ${JSON.stringify(wrong)}`);
    expect(problem.message).toMatch(/it must be \S/);
  });

  it.each([
    [['steps', 0, 'seconds'], -1, 'steps.0.seconds'],
    [['metrics', 0, 'better'], 'best', 'metrics.0.better'],
    [['scores', 'ntk', 'value'], '5', 'scores.ntk.value'],
    [['plugins'], [{ kind: 'metric', name: 'own', sha256: 'abc' }], 'plugins.0.sha256'],
    [
      ['detail', 'rounds', 0, 'candidates', 0, 'measured', 'ntk', 'origin'],
      [],
      'detail.rounds.0.candidates.0.measured.ntk.origin',
    ],
    [['detail', 'changes', 'ntk'], 'square', 'detail.changes.ntk'],
    [['detail'], undefined, 'detail'],
  ] as const)('with a wrong field of version 2 at %j are refused naming it', (path, wrong, field) => {
    const record = v2('search-finals');
    const parent = path.slice(0, -1).reduce((value, key) => value[key], record);
    parent[path.at(-1)!] = wrong;
    expect(problemOf(record).field).toBe(field);
  });
});
