import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Evaluation, evaluationSchema } from '@tenas/records';
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
    expect(text.out).toMatch(/^cifar10_test200, without unreachable operations: 125 architectures/m);
    expect(text.out).toMatch(/^kappa +6 +0\.5\d\d \[0\.\d{3}, 0\.\d{3}\]/m);
    expect(text.out).toMatch(/^log-ranks kappa\+regions /m);
    expect(text.out).toMatch(/^params \* .*^random \* /ms);
    const lines = text.out.split('\n');
    expect(lines.filter((line) => line.startsWith('metric '))).toHaveLength(3);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
    const json = await tenas([...argv, '--json']);
    const document = evaluationSchema.parse(JSON.parse(json.out));
    expect(document).toEqual(JSON.parse(readFileSync(out, 'utf8')));
    expect(document.datasets).toEqual(['cifar10_test200']);
  });

  it('prints further figures on demand, and its help says in a line what each is', async () => {
    const argv = ['evaluate', scores, '--table', table, '--accuracy', 'cifar10_test200', '--resamples', '0'];
    const { out } = await tenas([...argv, '--combine', 'kappa+regions', '--full']);
    const lines = out.split('\n');
    const heads = lines.filter((line) => line.startsWith('metric '));
    expect(heads).toHaveLength(6);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
    // Counts of one network: its parameters and its MACs come of the same convolutions.
    expect(out).toMatch(/^params \* .* flops 1\.00$/m);
    const help = (await tenas(['evaluate', '--help'])).out;
    for (const head of heads.slice(0, 2).flatMap((line) => line.trim().split(/ {2,}/).slice(1))) {
      expect(help).toContain(`\n  ${head.padEnd(14)}`);
    }
    const [, figures = ''] = help.split('Figures:\n');
    const longest = Math.max(
      ...figures
        .split('\n\n')[0]!
        .split('\n')
        .map(({ length }) => length),
    );
    expect(longest).toBeLessThanOrEqual(80);
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
      ...['kappa', 'regions', 'params', 'flops', 'seconds', 'depth', 'random'],
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

  it('reads tables as they are found: noise, gzip, separators, fractions; and says so', async () => {
    const [header = '', ...rows] = readFileSync(table, 'utf8').trim().split('\n');
    const names = header.split(',');
    const cells = rows.map((row) => row.split(','));
    const architecture = names.indexOf('arch');
    const accuracy = names.indexOf('cifar10_test200');
    const lines = cells.map((row) => `${row[architecture]};${(Number(row[accuracy]) / 100).toFixed(4)}`);
    const messy = join(folder, 'messy.csv.gz');
    const noise = ['a note of the author;0.5', `${lines[0]}`, 'sum'];
    const text = `\ufeffsep=;\r\nthe cell;test\r\n${[...noise, ...lines].join('\r\n')}\r\n`;
    writeFileSync(messy, gzipSync(text.replaceAll('.', ',')));
    const argv = ['evaluate', scores, '--table', messy, '--resamples', '0'];
    const read = await tenas([...argv, '--json']);
    expect(read.code).toBe(0);
    const document = evaluationSchema.parse(JSON.parse(read.out));
    expect(document).toMatchObject({
      space: 'nas-bench-201',
      joined: { architectures: 200, onlyScored: 0, onlyInTable: 0 },
      table: {
        architectureColumn: 'the cell',
        scales: ['fraction'],
        duplicates: { architectures: 1, rows: 2 },
      },
      skipped: {
        count: 2,
        examples: [
          { from: messy, line: 3, text: 'a note of the author', why: expect.stringContaining('position 0') },
          { from: messy, line: 5, text: 'sum', why: 'it has 1 cell, the header 2' },
        ],
      },
    });
    expect(read.err).toContain("note: architectures are read from column 'the cell'");
    const plain = await tenas(['evaluate', scores, '--table', table, '--resamples', '0', '--json']);
    const tau = (of: Evaluation, dataset: string) =>
      of.results.find((one) => one.dataset === dataset && one.metric === 'kappa')!.kendall.value!;
    expect(tau(document, 'test')).toBeCloseTo(tau(JSON.parse(plain.out), 'cifar10_test200'), 2);
    const people = await tenas(argv);
    expect(people.out).toMatch(
      /^left out {2}2 rows that could not be read; --strict refuses them\n.*line 3: a note/m,
    );
    expect(people.out).toMatch(/^note {6}test: no value is above 1/m);
    expect(people.out).toMatch(/^test: 200 architectures, best 93\.99/m);
    const strict = await tenas([...argv, '--strict']);
    expect(strict.code).toBe(2);
    expect(strict.err).toContain('line 3, column \'the cell\': got "a note of the author"');
  });

  it('takes the space from the scores, or from their architectures', async () => {
    const own = (name: string, lines: readonly string[]) => {
      const path = join(folder, name);
      writeFileSync(path, `${lines.join('\n')}\n`);
      return path;
    };
    const accuracies = own('macro.csv', ['arch,test', '00000002,65', '02012100,90', '11111111,80']);
    const run = async (name: string, lines: readonly string[]) => {
      const argv = ['evaluate', own(name, lines), '--table', accuracies, '--resamples', '0', '--json'];
      return await tenas(argv);
    };
    const unnamed = await run('unnamed.csv', ['arch,naswot', '00000002,1', '02012100,3', '11111111,2']);
    expect(JSON.parse(unnamed.out).space).toBe('nas-bench-macro');
    // Two spaces read such genotypes; where no space is named, they are of the larger one.
    const inputs = "('skip_connect',0),('sep_conv_3x3',1)";
    const other = `"Genotype(normal=[${Array(4).fill(inputs).join()}],normal_concat=[2,3,4,5],reduce=None)"`;
    const fixed = own('fixed.csv', ['arch,naswot', 'GDAS_F1,1', `${other},2`]);
    const trained = own('fixed-accuracy.csv', ['arch,test', 'GDAS_F1,97.18', `${other},96`]);
    const judged = await tenas(['evaluate', fixed, '--table', trained, '--resamples', '0', '--json']);
    expect(JSON.parse(judged.out).space).toBe('darts');
    const named = ['space,arch,naswot', 'nas-bench-macro,00000002,1', 'nas-bench-macro,02012100,3'];
    expect(JSON.parse((await run('named.csv', named)).out).joined.architectures).toBe(2);
    const several = await run('several.csv', [...named, 'darts,DARTS_V2,3']);
    expect(several.err).toContain('--space: the scores are of nas-bench-macro, darts; choose one');
    const unknown = await run('unknown.csv', ['space,arch,naswot', 'mine,00000002,1']);
    expect(unknown.err).toContain('--space: the scores are of mine; that is not built in; give its file');
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
    [['--table', table, '--space', 'darts'], "column 'space': scores of nas-bench-201, none of darts"],
    [['--table', table, '--index-table', table, '--arch-column', 'a,,b'], '--arch-column'],
    [['--table', table, '--index-table', 'nowhere.csv'], '--index-table'],
  ])('%j is refused with a reason', async (argv, problem) => {
    const out = join(folder, 'never.json');
    const { code, err } = await tenas(['evaluate', scores, ...argv, '--out', out]);
    expect(err).toContain(problem);
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });
});
