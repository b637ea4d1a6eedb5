import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluationSchema } from '@tenas/records';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const sample = (name: string) => new URL(`../../evaluation/test/${name}`, import.meta.url).pathname;
const scores = sample('sample-scores.csv');
const table = sample('sample-accuracy.csv');

describe('evaluate', () => {
  it('prints a table, and writes the document that --json prints', async () => {
    const out = join(folder, 'evaluation.json');
    const argv = ['evaluate', scores, '--table', table, '--accuracy', 'cifar10_test200', '--resamples', '50'];
    const text = await tenas([...argv, '--out', out]);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/^200 architectures have scores and accuracies/m);
    expect(text.out).toMatch(/^cifar10_test200: 200 architectures, best 93\.99/m);
    expect(text.out).toMatch(/^cifar10_test200, without none: /m);
    expect(text.out).toMatch(/^kappa +6 .* 0\.5\d\d \[0\.\d{3}, 0\.\d{3}\]/m);
    expect(text.out).toMatch(/^log-rank\(kappa\)\+log-rank\(regions\) /m);
    const json = await tenas([...argv, '--json']);
    const document = evaluationSchema.parse(JSON.parse(json.out));
    expect(document).toEqual(JSON.parse(readFileSync(out, 'utf8')));
    expect(document.datasets).toEqual(['cifar10_test200']);
  });

  it('judges other columns, and combinations of choice', async () => {
    const { code, out } = await tenas(
      [
        'evaluate',
        scores,
        '--table',
        table,
        '--metric',
        'seconds:lower',
        '--resamples',
        '0',
        '--json',
      ].concat(['--combine', 'kappa+seconds']),
    );
    expect(code).toBe(0);
    const document = evaluationSchema.parse(JSON.parse(out));
    expect(document.metrics.map(({ name }) => name)).toEqual([
      ...['kappa', 'regions', 'params', 'flops', 'seconds'],
      ...['kappa:mean', 'kappa:median', 'kappa:log-mean', 'kappa:min'],
      'rank(kappa)+rank(seconds)',
      'log-rank(kappa)+log-rank(seconds)',
    ]);
    expect(document.results[0]!.kendall.low).toBeNull();
  });

  it('reads the scores of a batch, from its folder as from its export', async () => {
    const batch = join(folder, 'batch');
    const spec = join(folder, 'spec.json');
    const architectures = readFileSync(table, 'utf8')
      .split('\n')
      .slice(1, 13)
      .map((line) => line.split(',')[1]);
    const ntk = { batchSize: 4 };
    const regions = { batches: 1, batchSize: 50 };
    writeFileSync(spec, JSON.stringify({ score: { architectures, repeats: 2, ntk, regions } }));
    const run = await tenas(['batch', 'run', spec, '--out', batch]);
    expect(run).toMatchObject({ code: 0 });
    const { code, out } = await tenas(['evaluate', batch, '--table', table, '--resamples', '0', '--json']);
    expect(code).toBe(0);
    const document = evaluationSchema.parse(JSON.parse(out));
    expect(document.joined).toEqual({ architectures: 12, onlyScored: 0, onlyInTable: 188 });
    expect(document.scores.dataset).toBe('synthetic');
    expect(document.metrics.map(({ name }) => name)).toContain('kappa:median');
    // The same scores, by way of the exported file.
    const file = join(folder, 'exported.csv');
    await tenas(['batch', 'export', batch, '--format', 'csv', '--file', file]);
    const exported = await tenas(['evaluate', file, '--table', table, '--resamples', '0', '--json']);
    expect(JSON.parse(exported.out).results).toEqual(document.results);
  });

  it('replaces a file only when told to', async () => {
    const out = join(folder, 'there.json');
    writeFileSync(out, 'mine');
    const argv = ['evaluate', scores, '--table', table, '--resamples', '0', '--out', out];
    const refused = await tenas(argv);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--force');
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect((await tenas([...argv, '--force'])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('"kind":"evaluation"');
  });

  it.each([
    [['--table', 'nowhere.csv'], 'nowhere.csv: no such file'],
    [['--table', table, '--accuracy', 'top5'], "no column 'top5'"],
    [['--table', table, '--metric', 'seconds'], '--metric: got "seconds"; give a column and what is better'],
    [['--table', table, '--metric', 'speed:lower'], "no column 'speed'"],
    [['--table', table, '--combine', 'kappa+speed'], "'speed' is no metric"],
    [['--table', table, '--confidence', '95'], '--confidence: got "95"; give a share between 0 and 1'],
    [['--table', table, '--resamples', '-1'], '--resamples'],
    [['--table', table, '--dataset', 'cifar100'], 'scores on cifar10'],
    [['--table', table, '--space', 'darts'], "column 'space'"],
  ])('%j is refused with a reason', async (argv, problem) => {
    const out = join(folder, 'never.json');
    const { code, err } = await tenas(['evaluate', scores, ...argv, '--out', out]);
    expect(err).toContain(problem);
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });
});
