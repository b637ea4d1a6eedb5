import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonSchemas, readDocument, readSearchRecord } from '../src/index.js';
import { fixtureV1 } from './fixture.js';

const settings = { space: 'nas-bench-201', dataset: { name: 'cifar10' }, protocol: 'fast' };
const job = { seed: 3, status: 'done', architecture: 'a', params: 1, flops: 2, seconds: 0.1, settings };

describe('documents', () => {
  it('are told apart by what is in them', () => {
    const kinds = [
      fixtureV1('search-finals'),
      fixtureV1('score'),
      readSearchRecord(fixtureV1('search-edges')),
      { kind: 'search', ...job, result: fixtureV1('search-finals') },
      { out: 'f', space: 's', genotype: 'g', opset: 17, params: 1, flops: 2, bytes: 3, weights: 'seed 0' },
    ].map((document) => readDocument(document, 'f').kind);
    expect(kinds).toEqual(['search', 'score', 'search', 'batch-row', 'export']);
  });

  it('of batches hold results of either version', () => {
    const row = readDocument({ kind: 'score', ...job, result: fixtureV1('score') }, 'f');
    expect(row.document).toMatchObject({ kind: 'score', result: { scoreVersion: 2 } });
    const none = readDocument({ kind: 'search', ...job, status: 'failed', result: null }, 'f');
    expect(none.document).toMatchObject({ result: null });
    expect(() => readDocument({ kind: 'search', ...job, result: fixtureV1('score') }, 'f')).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID', field: 'status' }),
    );
  });

  it('of a strategy that nobody knows are read by their common part', () => {
    const { detail, ...common } = readSearchRecord(fixtureV1('search-finals'));
    const own = { ...common, strategy: 'own', detail: { anything: ['goes', { here: 1 }] } };
    expect(readDocument(own, 'f').document).toMatchObject({ strategy: 'own', detail: own.detail });
  });
});

describe('JSON Schemas', () => {
  const schemas = Object.entries(jsonSchemas());

  it.each(schemas)('schemas/%s.schema.json is up to date', (name, schema) => {
    // To write it: npm run schemas --workspace @tenas/records
    const file = new URL(`../schemas/${name}.schema.json`, import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it('are all that a record has to keep to', () => {
    const { 'search-record': schema } = jsonSchemas();
    expect(JSON.stringify(schema)).toContain('"recordVersion"');
    expect(JSON.stringify(schema)).toContain('"genotype"');
  });
});
