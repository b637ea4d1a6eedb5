import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReport, parseAccuracyTable, parseResult } from '@tenas/report';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../scripts/steps.mjs';

// Reports know the documents of other packages by their own schemas: these are the documents that those packages make.
const samples = join(repositoryRoot, 'packages/evaluation/test');
const read = (name: string) => readFileSync(join(samples, name), 'utf8');

describe('reports read what other packages write', () => {
  it('an evaluation', () => {
    const result = parseResult(read('sample-evaluation.json'), 'sample-evaluation.json');
    expect(result.kind).toBe('evaluation');
    const names = createReport([result]).figures.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['tau', 'hits', 'partial', 'reachable', 'top-k', 'matrix']));
  });

  it('scores of a batch, and a table of accuracies', () => {
    const result = parseResult(read('sample-scores.csv'), 'sample-scores.csv');
    const accuracies = parseAccuracyTable(read('sample-accuracy.csv'), 'sample-accuracy.csv');
    const { figures } = createReport([result], { accuracies });
    expect(figures.find(({ name }) => name === 'batch-accuracy')?.description).toContain('200 runs');
  });
});
