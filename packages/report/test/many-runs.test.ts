import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { createReport, parseAccuracyTable, parseResult } from '../src/index.js';
import { columnFor } from '../src/input/accuracy-table.js';
import { architecture, madeAccuracyCsv, madeBatchCsv, madeBatchLines } from './support/made-documents.js';
import { madeRecord, madeScore, SCORES } from './support/made-results.js';

function tableData(html: string, id: string) {
  const script = parseHTML(html).document.querySelector(`[data-table]:has(#${id}) script`)!;
  return JSON.parse(script.textContent!) as { kinds: string[]; rows: (string | null | [number, string])[][] };
}

const score = madeScore('x');

const accuracies = parseAccuracyTable(madeAccuracyCsv(60), 'accuracy.csv');

describe('the report of a batch', () => {
  it('shows every run, joined with accuracies', () => {
    const { html, figures, title } = createReport([parseResult(madeBatchCsv(60), 'batch.csv')], {
      accuracies,
    });
    expect(title).toBe('61 runs');
    const { rows } = tableData(html, 'runs');
    expect(rows).toHaveLength(61);
    const text = (cell: string | null | [number, string] | undefined) =>
      Array.isArray(cell) ? cell[1] : cell;
    const row = rows.find((cells) => cells.includes(architecture(20 * 37)))!;
    expect(row.map(text)).toContain('88.5');
    expect(row.map(text)).toContain(String(60 + ((20 * 13) % 34)));
    expect(figures.map(({ name }) => name)).toEqual([
      'batch-scatter',
      'batch-accuracy',
      'batch-ntk',
      'batch-regions',
      'batch-params',
      'batch-macs',
      'batch-seconds',
    ]);
    // One in ten has no condition number.
    expect(figures.find(({ name }) => name === 'batch-ntk')!.note).toContain('6 without a value');
    expect(figures.find(({ name }) => name === 'batch-scatter')!.description).toContain('54 runs');
  });

  it('names the best by rank sum, and counts the time of isomorphic architectures once', () => {
    const header = 'space,dataset,architecture,seed,kappa,regions,params,seconds,status,kind,scoredAs';
    const rows = [
      ['a', 0, 10, 90, 1, 6, 'a'],
      ['a', 1, 30, 90, 1, 6, 'a'],
      // Isomorphic to a: one evaluation per seed.
      ['a2', 0, 10, 90, 9, 6, 'a'],
      ['a2', 1, 50, 90, 9, 6, 'a'],
      ['b', 0, 15, 100, 5, 8, 'b'],
      ['c', 0, 5, 10, 5, 4, 'c'],
      ['without', 0, '', 500, 5, 4, 'without'],
    ].map(([architecture, seed, kappa, regions, params, seconds, as]) =>
      [
        'nas-bench-201',
        'cifar10',
        architecture,
        seed,
        kappa,
        regions,
        params,
        seconds,
        'done',
        'score',
        as,
      ].join(','),
    );
    const csv = `${[header, ...rows].join('\n')}\n`;
    const { html } = createReport([parseResult(csv, 'batch.csv')], {});
    const { document } = parseHTML(html);
    const card = [...document.querySelectorAll('.card')].find((one) =>
      one.textContent!.includes('Best by rank sum'),
    )!;
    // Means of kappa: a 20, a2 30, b 15, c 5; regions: 90, 90, 100, 10. b has the ranks 2 and 1.
    expect(card.querySelector('code')!.textContent).toBe('b');
    expect([...card.querySelectorAll('li')].map((item) => item.textContent)).toEqual([
      'κ 15: rank 2',
      'R 100: rank 1',
    ]);
    expect(card.textContent).toContain('Of 4 architectures it has the lowest sum of ranks, 3.');
    const text = document.querySelector('main')!.textContent!;
    expect(text).toMatch(/28(\.0)? s\s*time of all runs|time of all runs\s*28(\.0)? s/);
    expect(text).toMatch(/5\s*evaluations|evaluations\s*5/);
    const headings = [...document.querySelectorAll('[data-table]:has(#runs) th')].map(
      (head) => head.textContent,
    );
    expect(headings[0]).toBe('architecture');
  });

  it('says of one run its accuracy, and nothing of distributions', () => {
    const [header, first] = madeBatchCsv(60).split('\n');
    const { html, title, figures } = createReport([parseResult(`${header}\n${first}\n`, 'batch.csv')], {
      accuracies,
    });
    expect(title).toBe('1 run');
    const { document } = parseHTML(html);
    const text = document.querySelector('main')!.textContent!;
    expect(text).toContain('accuracy in the table');
    expect(text).not.toContain('mean accuracy');
    const headings = [...document.querySelectorAll('main h2')].map((heading) => heading.textContent);
    expect(headings.includes('Distributions')).toBe(figures.length > 0);
  });

  it('takes the column of the dataset, whatever stands first', () => {
    expect(accuracies.columns[columnFor(accuracies, 'cifar10')]).toBe('cifar10_test200');
    expect(accuracies.columns[columnFor(accuracies, 'cifar100')]).toBe('cifar100_test200');
    expect(accuracies.columns[columnFor(accuracies, 'synthetic')]).toBe('cifar100_test200');
    const table = parseAccuracyTable('architecture,imagenet16_120_test200\nx,3\n', 'f');
    expect(table.columns[columnFor(table, 'imagenet16-120')]).toBe('imagenet16_120_test200');
  });

  it('sums up groups', () => {
    const { html } = createReport([parseResult(madeBatchCsv(60), 'batch.csv')], { accuracies });
    const [group] = tableData(html, 'runs-groups').rows;
    const mean = 90.5 - 59 / 20;
    expect((group![6] as [number, string])[0]).toBeCloseTo(mean, 9);
    expect(group!.slice(0, 3)).toEqual(['score', 'nas-bench-201', 'cifar10']);
    // Standard deviation of 0, 0.1, ..., 5.9.
    expect((group![6] as [number, string])[1]).toBe(`${mean.toPrecision(4)} ± 1.7`);
  });

  it('looks architectures up as their space writes them, too', () => {
    const table = parseAccuracyTable('arch,acc\nX,91\n y ,92\n', 'f');
    const csv =
      'space,dataset,architecture,seed,kappa,regions\ns,d,x,0,1,2\ns,d,X,0,1,2\ns,d,Y,0,1,2\ns,d,y,0,1,2\n';
    const { html } = createReport([parseResult(csv, 'b.csv')], {
      accuracies: table,
      canonical: (_space, text) => text.trim().toUpperCase(),
    });
    expect(parseHTML(html).document.querySelector('main')!.textContent).not.toContain('no entry');
    const accuracy = (row: readonly unknown[]) =>
      row.flatMap((cell) => (Array.isArray(cell) && cell[0] > 90 ? [cell[0]] : []));
    expect(tableData(html, 'runs').rows.map(accuracy)).toEqual([[91], [91], [92], [92]]);
  });

  it('reads lines of JSON, searches and scores alike', async () => {
    const search = { ...(await madeRecord({ space: 'nas-bench-201' })), scores: SCORES };
    const failed = madeScore('x', null);
    const { html } = createReport([parseResult(madeBatchLines(search, failed), 'batch.jsonl')]);
    const { rows } = tableData(html, 'runs');
    expect(rows).toHaveLength(3);
    const numbers = rows.map((row) => row.flatMap((cell) => (Array.isArray(cell) ? [cell[1]] : [])));
    expect(numbers[0]).toEqual(['3', '138', '1,314', '1.32 M', '189 M', '3.1']);
    expect(numbers[1]).toEqual(['4', '1,210', '1.32 M', '189 M', '3.1']);
    expect(numbers[2]).toEqual(['5']);
  });

  it('shows several search records as a batch and one by one, many only as a batch', async () => {
    const results = await Promise.all(
      Array.from({ length: 7 }, async (_, seed) => {
        const record = await madeRecord({ space: 'nas-bench-201', seed });
        return parseResult(JSON.stringify({ ...record, scores: SCORES }), `${seed}.json`);
      }),
    );
    const few = parseHTML(createReport(results.slice(0, 3)).html).document;
    expect(few.querySelectorAll('section.result')).toHaveLength(4);
    const many = parseHTML(createReport(results).html).document;
    expect(many.querySelectorAll('section.result')).toHaveLength(1);
  });

  it('stays small and quick with a whole space', () => {
    const start = performance.now();
    const { html } = createReport([parseResult(madeBatchCsv(15_625), 'batch.csv')], {
      accuracies: parseAccuracyTable(madeAccuracyCsv(15_625), 'accuracy.csv'),
    });
    expect(html.length).toBeLessThan(6e6);
    expect(parseHTML(html).document.querySelectorAll('#runs tbody tr')).toHaveLength(50);
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it.each([
    [
      'a column is missing',
      'space,dataset\na,b\n',
      'x.csv',
      /columns architecture, seed is no batch \(its columns: space, dataset\)/,
    ],
    [
      'a number is none',
      'space,dataset,architecture,seed,kappa,regions\ns,d,a,0,many,2\n',
      'x.csv',
      /x\.csv: line 2, column 'kappa': got "many"; a number is needed/,
    ],
    [
      'a kind is unknown',
      'space,dataset,architecture,seed,kappa,regions,kind\ns,d,a,0,1,2,dream\n',
      'x.csv',
      /line 2, column 'kind': got "dream"; it must be search, score or train/,
    ],
    ['a row is short', 'space,dataset\na\n', 'x.csv', /x\.csv: line 2: it has 1 cell, the header 2/],
    ['a line is no JSON', `${JSON.stringify(score)}\n\noops\n`, 'x.jsonl', /x\.jsonl, line 3: not JSON/],
    [
      'a result is of another kind',
      madeBatchLines(score, score),
      'x.jsonl',
      /line 1: this looks like a search record, but status is missing/,
    ],
    [
      'a line is something else',
      `${JSON.stringify({ a: 1 })}\n`,
      'x.jsonl',
      /line 1: is none of the results/,
    ],
    [
      'a job is broken',
      `${madeBatchLines(score, score).split('\n')[1]!.replace('"seed":4', '"seed":-4')}\n`,
      'x.jsonl',
      /line 1: this looks like a job of a batch, but seed is -4/,
    ],
  ])('names file and place where %s', (_what, text, file, message) => {
    expect(() => parseResult(text, file)).toThrow(message);
  });

  it.each([
    ['architectures', 'a,test\n1,2\n', /column 'architecture' or 'arch'.*a, test/],
    ['accuracies', 'arch,index\nx,2\n', /acc, test, valid or top1.*arch, index/],
  ])('a table without %s is refused', (_what, text, message) => {
    expect(() => parseAccuracyTable(text, 't.csv')).toThrow(message);
  });
});
