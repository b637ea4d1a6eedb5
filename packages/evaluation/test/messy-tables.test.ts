import { evaluationSchema, readCsv } from '@tenas/records';
import { getSpace, nasBench201 } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateScores, readAccuracies, readIndexTable, readScores } from '../src/index.js';

const space = nasBench201;
const cells = space.sample({ count: 40, seed: 5 }).map((architecture) => space.format(architecture));

const forgiving = (text: string, from = 'table.csv') => readCsv(text, from, { forgiving: true });
const table = (text: string, options: { strict?: boolean; columns?: string[] } = {}) =>
  readAccuracies(forgiving(text), { space, ...options });
const accuraciesOf = (text: string, options = {}) => [...table(text, options).accuracies.values()].flat();

/** A table with a column of accuracies for the first cells. */
const column = (values: readonly string[], name = 'test', delimiter = ',') =>
  [`arch${delimiter}${name}`, ...values.map((value, at) => `${cells[at]}${delimiter}${value}`)].join('\n');

describe('rows that cannot be read', () => {
  const messy = `arch,test\n${cells[0]},90\ntotal,3\n${cells[1]},80\n${cells[2]},diverged\n${cells[3]}\n`;

  it('are left out and counted, with line, text and reason', () => {
    const { accuracies, skipped } = table(messy);
    expect([...accuracies]).toEqual([
      [cells[0], [90]],
      [cells[1], [80]],
    ]);
    expect(skipped).toEqual([
      {
        from: 'table.csv',
        line: 3,
        text: 'total',
        why: expect.stringMatching(/^column 'arch': got "total"; at position 0, expected '\|'/),
      },
      { from: 'table.csv', line: 5, text: 'diverged', why: expect.stringContaining('an accuracy is needed') },
      { from: 'table.csv', line: 6, text: cells[3], why: 'it has 1 cell, the header 2' },
    ]);
  });

  it('are refused, the first of them, where reading is strict', () => {
    const strict = (text: string) => table(text, { strict: true });
    expect(() => strict(messy)).toThrow(/table\.csv: line 3, column 'arch': got "total"/);
    const short = `arch,test\n${cells[0]},90\n${cells[1]}\n`;
    for (const text of [short, `${short}total,3\n`]) {
      expect(() => strict(text)).toThrow('table.csv: line 3: it has 1 cell, the header 2');
    }
    expect(() =>
      readScores(forgiving(short.replace('test', 'naswot'), 's.csv'), { space, strict: true }),
    ).toThrow('s.csv: line 3: it has 1 cell');
    expect(() => readCsv(messy, 't')).toThrow(/line 6: it has 1 cell/);
  });

  it('are refused where no other is left', () => {
    expect(() => table('arch,test\nx,1\ny,2\n')).toThrow(/line 2, column 'arch': got "x"/);
  });

  it('of scores are left out as well; a number that is none takes its row along', () => {
    const { architectures, rows, skipped } = readScores(
      forgiving(`arch,naswot\n${cells[0]},1\n${cells[1]},high\nmean,2\n${cells[2]},\n`),
      { space },
    );
    expect(architectures.map(({ text }) => text)).toEqual([cells[0], cells[2]]);
    expect(rows).toBe(2);
    expect(skipped.map(({ line }) => line)).toEqual([3, 4]);
  });

  it('are in the document, at most five of each file', async () => {
    const noise = Array.from({ length: 8 }, (_, at) => `noise ${at},1`).join('\n');
    const evaluation = await evaluateScores({
      space: space.name,
      scores: readScores(forgiving(`arch,naswot\n${noise}\n${cells[0]},1\n${cells[1]},2\n`, 's.csv'), {
        space,
      }),
      table: table(`arch,test\n${cells[0]},1.5\n${cells[1]},2\nnoise,3\n`),
      resamples: 0,
    });
    expect(evaluationSchema.parse(evaluation).skipped).toMatchObject({ count: 9 });
    expect(evaluation.skipped?.examples.map(({ from, line }) => [from, line])).toEqual([
      ...[2, 3, 4, 5, 6].map((line) => ['s.csv', line]),
      ['table.csv', 4],
    ]);
    expect(evaluation.joined.architectures).toBe(2);
  });
});

describe('accuracies', () => {
  it.each([
    ['percent', ['93.5', '10'], [93.5, 10], 'percent'],
    ['fractions', ['0.9437', '1', '0.1'], [94.37, 100, 10], 'fraction'],
    ['percent signs', ['93.5 %', '0.5%'], [93.5, 0.5], 'percent'],
    ['anything else', ['930', '-1'], [930, -1], 'other'],
    ['gaps', ['93.5', '-', 'nan', ''], [93.5, null, null, null], 'percent'],
  ])('may be %s', (_what, values, expected, scale) => {
    const read = table(column(values));
    expect([...read.accuracies.values()].flat()).toEqual(expected);
    expect(read.scales).toEqual([scale]);
    expect(read.notes.some((note) => note.includes('fractions'))).toBe(scale === 'fraction');
  });

  it('may have decimal commas, where nothing else can be meant', () => {
    const commas = ['93,512', '9,125', '70'];
    for (const delimiter of [';', '\t']) {
      expect(accuraciesOf(column(commas, 'test', delimiter))).toEqual([93.512, 9.125, 70]);
    }
    expect(accuraciesOf(column(commas.map((cell) => `"${cell}"`)))).toEqual([93.512, 9.125, 70]);
    expect(table(column(commas, 'test', ';')).notes).toEqual(['test: the comma is read as the decimal sign']);
    // Thousands, or mixed with points: neither is taken.
    for (const other of ['930', '9.5']) {
      const { accuracies, skipped } = table(column(['1,234', other], 'test', ';'));
      expect([...accuracies.keys()]).toEqual([cells[1]]);
      expect(skipped[0]?.text).toBe('1,234');
    }
  });

  it('that mix fractions and percents are told of, and refused where reading is strict', () => {
    const mixed = column(cells.map((_cell, at) => (at % 2 === 0 ? `${50 + at}` : '0.87')));
    const question = '20 of 40 values are at most 1, the others above; are they fractions among percents?';
    expect(table(mixed).notes).toEqual([`test: ${question}`]);
    expect(() => table(mixed, { strict: true })).toThrow(
      `table.csv: line 3, column 'test': got "0.87"; ${question}`,
    );
    const fewer = column(cells.map((_cell, at) => (at < 2 ? `0.${90 + at}` : `${50 + at}`)));
    expect(table(fewer).notes).toEqual([`test: ${question.replace('20', '2')}`]);
  });

  it('of guessing networks, zeros and values with signs are no mixture', () => {
    for (const low of [['0.5'], ['1', '1', '1'], ['0', '0', '0', '0', '0'], ['0 %', '0.5 %', '0.7 %']]) {
      const values = [...low, ...cells.slice(low.length).map((_cell, at) => `${50 + at}`)];
      expect(table(column(values)).notes, low.join()).toEqual([]);
      expect(accuraciesOf(column(values), { strict: true })).toHaveLength(values.length);
    }
  });

  it('of one architecture in several rows are averaged', () => {
    const text = `${column(['90', '80', '70'])}\n${cells[0]},91\n ${cells[1]} ,80\n`;
    const read = table(text);
    expect([...read.accuracies.values()].flat()).toEqual([90.5, 80, 70]);
    expect(read.duplicates).toEqual({ architectures: 2, rows: 4, largestDifference: 1 });
    expect(read.notes).toEqual([
      '2 architectures stand in several rows (4 rows), and their accuracies were averaged; the largest difference is 1',
    ]);
    expect(() => table(text, { strict: true })).toThrow(/line 5.*in an earlier line with other values/);
  });

  it('that are missing leave their dataset alone', async () => {
    const text = `arch,a_test,b_test,c_acc\n${cells
      .slice(0, 6)
      .map((cell, at) => `${cell},${10 + at},${at < 2 ? '' : 20 + at},${at === 3 ? 5 : ''}`)
      .join('\n')}\n`;
    const scores = readScores(
      forgiving(`arch,naswot\n${cells.map((cell, at) => `${cell},${at}`).join('\n')}\n`),
      { space },
    );
    const { populations, points, notes, results } = await evaluateScores({
      space: space.name,
      scores,
      table: table(text),
      resamples: 0,
    });
    const all = populations.filter(({ population }) => population === 'all');
    expect(all.map(({ dataset, architectures }) => [dataset, architectures])).toEqual([
      ['a_test', 6],
      ['b_test', 4],
    ]);
    expect(points.accuracy.b_test).toEqual([null, null, 22, 23, 24, 25]);
    expect(results.some(({ dataset }) => dataset === 'c_acc')).toBe(false);
    expect(notes).toEqual([
      'b_test: 2 architectures of 6 without a value, left out there',
      'c_acc: 5 architectures of 6 without a value, left out there',
      'c_acc: not judged, for 1 scored architecture have a value',
    ]);
    expect(() => table(text, { strict: true })).toThrow(/line 2, column 'b_test'.*an accuracy is needed/);
  });

  it('are not losses, times and training', () => {
    const { datasets, notes } = table(
      `arch,train-accuracy,test-loss,test-accuracy,test-per-time\n${cells[0]},99,0.2,90,3\n`,
    );
    expect(datasets).toEqual(['test-accuracy']);
    expect(notes).toEqual([
      'not taken as accuracies, by their names: train-accuracy, test-loss, test-per-time (--accuracy names columns)',
    ]);
  });
});

describe('architectures of a table', () => {
  const textOf = (name: string, text: string, options = {}) => {
    const named = getSpace(name);
    const read = readAccuracies(forgiving(text), { space: named, ...options });
    return { texts: [...read.accuracies.keys()], ...read };
  };

  it('are found whatever their column is called', () => {
    const { architectureColumn, notes } = table(`n,the net,test\n1,${cells[0]},90\n2,${cells[1]},80\n`);
    expect(architectureColumn).toBe('the net');
    expect(notes).toEqual(["architectures are read from column 'the net'"]);
  });

  it('may be spread over columns', () => {
    const text =
      'id,e,k,l,se,val_top1\n1,6-1-6-6-4-6-4,3-5-3-3-3-5-5,1-3-2-1-2-1-2,0-0-0-0-0-0-0,61\n7,4-4-1-4-4-4-4,3-5-5-3-3-5-5,1-3-1-1-2-3-3,0-0-0-0-0-0-0,62\n';
    const found = textOf('mnasnet', text);
    expect(found.architectureColumn).toBe('e,k,l,se');
    expect(found.texts[0]).toBe('6-1-6-6-4-6-4/3-5-3-3-3-5-5/1-3-2-1-2-1-2/0-0-0-0-0-0-0');
    const named = textOf('mnasnet', text, { architectureColumns: ['e', 'k', 'l', 'se'] });
    expect(named.texts).toEqual(found.texts);
    expect(named.notes).toEqual([]);
  });

  it('may be numbers, by a table of indices or in a space that numbers them as the benchmark', () => {
    const text = 'index,valid\n1,90\n0,80\n7,70\n';
    const indices = readIndexTable(`index,arch\n1,${cells[5]}\n0,${cells[4]}\n`, 'order.csv', space);
    const read = textOf(space.name, text, { indices });
    expect(read.texts).toEqual([cells[5], cells[4]]);
    expect(read.skipped).toMatchObject([
      { line: 4, text: '7', why: expect.stringContaining('order.csv has no architecture number 7') },
    ]);
    expect(() => textOf(space.name, text)).toThrow(
      /by their numbers alone \(column 'index'\).*--index-table/,
    );
    expect(textOf('nats-size', text).texts).toEqual(['8:8:8:8:16', '8:8:8:8:8', '8:8:8:8:64']);
  });

  it('that nobody can find are asked for', () => {
    expect(() => table('name,test\nx,1\n')).toThrow(
      /table\.csv: no column 'architecture' or 'arch' or 'genotype' for the architecture; its columns are name, test/,
    );
  });
});

describe('a table of indices', () => {
  it.each([
    ['with numbers', `arch_index,arch\n1,${cells[1]}\n0,${cells[0]}\n`],
    ['without numbers', `arch,x\n${cells[0]},1\n${cells[1]},2\n`],
    ['as a list', `${cells[0]}\r\n${cells[1]}\r\n`],
  ])('is read: %s', (_what, text) => {
    const { textOf, size } = readIndexTable(text, 'order', space);
    expect([size, textOf(0), textOf('1')]).toEqual([2, cells[0], cells[1]]);
    expect(() => textOf(2)).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }));
    expect(() => textOf('-1')).toThrow(/order has no architecture number -1/);
  });

  it.each([
    [`index,arch\n0,${cells[0]}\n0,${cells[1]}\n`, /order: line 3: the number 0 stands there twice/],
    [`index,arch\nx,${cells[0]}\n`, /order: line 2: column 'index': got x; a whole number/],
    ['index,arch\n0,none\n', /order: line 2: NAS-Bench-201 architecture/],
    ['index,net\n0,x\n', /order: line 1: no column architecture, arch, genotype/],
    [`${cells[0]}\n\n${cells[1]}\n`, /order: line 2: a list of architectures has no empty lines/],
  ])('%# is refused', (text, message) => {
    expect(() => readIndexTable(text, 'order', space)).toThrow(message);
  });
});

describe('the same accuracies, however they are written', () => {
  const written = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t'),
    end: fc.constantFrom('\n', '\r\n'),
    mark: fc.boolean(),
    sep: fc.boolean(),
    comments: fc.array(fc.constantFrom('# made up', '#', ''), { maxLength: 2 }),
    comma: fc.boolean(),
    unit: fc.constantFrom('percent', 'sign', 'fraction'),
    quoted: fc.boolean(),
    noise: fc.array(fc.tuple(fc.nat(20), fc.constantFrom('total', '', 'n/a', '|none~0|', 'a b c')), {
      maxLength: 4,
    }),
  });
  const values = fc.uniqueArray(fc.integer({ min: 1, max: 9999 }), { minLength: 3, maxLength: 20 });

  it('are read the same', () => {
    fc.assert(
      fc.property(written, values, (how, hundredths) => {
        const { delimiter, comma, unit, quoted } = how;
        const text = (value: number) => {
          const number = unit === 'fraction' ? (value / 10_000).toFixed(4) : (value / 100).toFixed(2);
          const plain = comma ? number.replace('.', ',') : number;
          const cell = unit === 'sign' ? `${plain} %` : plain;
          return quoted || cell.includes(delimiter) ? `"${cell}"` : cell;
        };
        const rows = hundredths.map((value, at) => `${cells[at]}${delimiter}${text(value)}`);
        for (const [at, noise] of how.noise) rows.splice(at % (rows.length + 1), 0, `${noise}${delimiter}1`);
        const before = how.sep ? [`sep=${delimiter}`] : how.comments;
        const lines = [...before, `arch${delimiter}test`, ...rows];
        const read = table(`${how.mark ? '\ufeff' : ''}${lines.join(how.end)}${how.end}`);
        // Percent without a sign that are all below 1 cannot be told from fractions.
        const looksLikeFractions = unit === 'percent' && hundredths.every((value) => value <= 100);
        const scale = unit === 'fraction' || looksLikeFractions ? 100 : 1;
        const expected = hundredths.map(
          (value) => (unit === 'fraction' ? value / 10_000 : value / 100) * scale,
        );
        const found = [...read.accuracies.values()].flat();
        expect(found).toHaveLength(expected.length);
        for (const [at, value] of found.entries()) expect(value).toBeCloseTo(expected[at]!, 9);
        expect(read.skipped).toHaveLength(how.noise.length);
      }),
    );
  });
});

it('counts scores that a metric cannot have as failures, and says so', () => {
  const text = `arch,ntk,regions\n${cells[0]},-5,10\n${cells[1]},0.5,-1\n${cells[2]},1,1\n${cells[3]},20,7\n`;
  const { metrics, architectures, notes } = readScores(forgiving(text, 's.csv'), { space });
  const valuesOf = (name: string) => {
    const place = metrics.findIndex((metric) => metric.name === name);
    return architectures.map(({ values }) => values[place]);
  };
  expect(valuesOf('ntk')).toEqual([null, null, 1, 20]);
  expect(valuesOf('regions')).toEqual([10, null, 1, 7]);
  expect(notes).toEqual([
    's.csv: ntk: 2 values below 1, which count as failures',
    's.csv: regions: 1 value below 1, which count as failures',
  ]);
  const repeats = `arch,kappa,kappas\n${cells[0]},9,3;-4\n${cells[1]},9,3;4\n`;
  const pooled = readScores(forgiving(repeats), { space });
  const least = pooled.metrics.findIndex(({ name }) => name === 'kappa:min');
  expect(least).toBeGreaterThanOrEqual(0);
  expect(pooled.architectures.map(({ values }) => values[least])).toEqual([3, 3]);
});

it('reads comments behind the line that names the separator', () => {
  const text = `sep=;\n# made by hand\narch;test\n${cells[0]};90,5\n${cells[1]};80,5\n`;
  expect(accuraciesOf(text)).toEqual([90.5, 80.5]);
});
