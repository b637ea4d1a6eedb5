import { TenasError } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { allowed } from '../../../test/support/patience.js';
import { columnOf, numberIn, numberOrNullIn, readCsv } from '../src/index.js';

function problemOf(text: string): string {
  const start = performance.now();
  try {
    readCsv(text, 'f.csv');
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    expect(performance.now() - start).toBeLessThan(allowed(2000));
    expect(error.code).toBe('CSV_INVALID');
    return error.message;
  }
  throw new Error('it was accepted');
}

const cellsOf = (text: string) => readCsv(text, 'f').rows.map(({ cells }) => ({ ...cells }));

describe('reading CSV', () => {
  it('knows quotes, either line ending, a byte order mark, blanks and empty lines', () => {
    const table = readCsv('\ufeffa, b\r\n1,"x, ""y"""\r\n\r\n2,"two\nlines"\n', 'f');
    expect(table.columns).toEqual(['a', 'b']);
    expect(table.rows.map(({ line, cells }) => [line, { ...cells }])).toEqual([
      [2, { a: '1', b: 'x, "y"' }],
      [5, { a: '2', b: 'two\nlines' }],
    ]);
  });

  it.each([
    ['CRLF after the header alone', 'a,b\r\n1,2\n3,4\n'],
    ['LF after the header alone', 'a,b\n1,2\r\n3,4\r\n'],
    ['CR after the header alone', 'a,b\r1,2\n3,4\n'],
    ['a row that ends another way', 'a,b\r\n1,2\r\n3,4\n'],
    ['CR CR LF', 'a,b\r\r\n1,2\r\r\n3,4'],
  ])('reads mixed line endings: %s', (_what, text) => {
    expect(cellsOf(text)).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ]);
  });

  it('counts lines of mixed endings', () => {
    expect(() => readCsv('a,b\r\n1,2\n3,4\r\n5\n', 'f')).toThrow(/^f: line 4: it has 1 cell, the header 2/);
  });

  it.each([
    [';', 'a;b\n1;x\n'],
    ['tabs', 'a\tb\n1\tx\n'],
    ['; with commas in the names', '"a";"b"\n1;x\n'],
  ])('reads what is separated by %s', (_what, text) => {
    expect(cellsOf(text)).toEqual([{ a: '1', b: 'x' }]);
  });

  it('keeps cells with semicolons where commas separate', () => {
    expect(cellsOf('a,b\n1;2;-,x\n')).toEqual([{ a: '1;2;-', b: 'x' }]);
  });

  it('takes the separator that a first line names, and skips comments before the header', () => {
    const lines = (text: string) => readCsv(text, 'f').rows.map(({ line, cells }) => [line, { ...cells }]);
    expect(lines('\ufeffsep=;\r\na,x;b\r\n1;2\r\n')).toEqual([[3, { 'a,x': '1', b: '2' }]]);
    expect(lines('# made by hand\n\n#\na,b\n1,2\n')).toEqual([[5, { a: '1', b: '2' }]]);
    // A header may begin with the sign of a comment.
    expect(lines('#,b\n1,2\n')).toEqual([[2, { '#': '1', b: '2' }]]);
    expect(lines('# a,b\n1,2\n')).toEqual([[2, { '# a': '1', b: '2' }]]);
  });

  it('keeps rows of another width apart where it is to forgive', () => {
    const text = 'a;b\n1;2\n3\n4;5;6\n[["x"]];7\n';
    const { rows, broken } = readCsv(text, 'f', { forgiving: true });
    expect(rows.map(({ line, cells }) => [line, { ...cells }])).toEqual([
      [2, { a: '1', b: '2' }],
      [5, { a: '[["x"]]', b: '7' }],
    ]);
    expect(broken).toEqual([
      { line: 3, text: '3', why: 'it has 1 cell, the header 2' },
      { line: 4, text: '4;5;6', why: 'it has 3 cells, the header 2' },
    ]);
    expect(() => readCsv(text, 'f')).toThrow('line 3: it has 1 cell');
    expect(readCsv('a,b\n1,2\n', 'f').broken).toEqual([]);
  });

  it('takes a column of any name', () => {
    const { rows } = readCsv('__proto__,constructor\n1,2\n', 'f');
    expect(rows[0]!.cells.constructor).toBe('2');
    expect(Object.keys(rows[0]!.cells)).toEqual(['__proto__', 'constructor']);
  });

  it.each([
    ['', 'no rows'],
    ['a,b\n', 'no rows'],
    ['a,b\n1,2\n3\n', 'line 3: it has 1 cell, the header 2 (read as a CSV separated by commas)'],
    ['a;b\n1;2\n3\n', 'line 3: it has 1 cell, the header 2 (read as a CSV separated by semicolons)'],
    ['a,b,a\n1,2,3\n', "line 1: the header has column 'a' twice"],
    ['a,b\n1,"2\n', 'the file ends inside of a quoted cell (read as a CSV'],
    ['a,b\n1,"2"x\n', 'line 2: text after the closing quote of a cell'],
    ['a,b\n1,2"x\n', 'line 2: a quote inside of a cell'],
    ['\b\u0007\u0012\u0004tenas', 'it is no CSV but a binary file; text is read that has a header line'],
    [`${'c,'.repeat(200_000)}d\n${'1,'.repeat(200_000)}1\n`, 'line 1: more than 2000 columns'],
    [`${'x'.repeat(300)},b\n1,2\n`, 'line 1, column 1: a name of 300 characters'],
    [`a,b\n1,"${'x'.repeat(5_000_000)}`, 'line 2: a row of more than 4194304 characters'],
  ])('refuses %.20j', (text, reason) => {
    const message = problemOf(text);
    expect(message).toMatch(/^f\.csv: /);
    expect(message).toContain(reason);
  });
});

describe('cells of a CSV table', () => {
  it('are numbers, or missing in one of the usual ways', () => {
    const words = ['1e3', '-2.5', '.5', '7.', '', '-', 'NaN', 'null', 'None', 'n/a', 'inf', '-Infinity'];
    const table = readCsv(`n,x\n${words.map((word) => `${word},0`).join('\n')}\n`, 'f');
    expect(table.rows.map((row) => numberOrNullIn(table, row, 'n'))).toEqual([
      1000,
      -2.5,
      0.5,
      7,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(numberOrNullIn(table, table.rows[0]!, 'no such column')).toBeNull();
  });

  it.each(['many', '0x10', '1 2', '1,5', '1e999'])('%j is no number: line and column are named', (word) => {
    const table = readCsv(`n,x\n"${word}",0\n`, 'f.csv');
    expect(() => numberIn(table, table.rows[0]!, 'n')).toThrow(
      expect.objectContaining({ code: 'CSV_INVALID', field: 'n', value: word }),
    );
    expect(() => numberIn(table, table.rows[0]!, 'n')).toThrow(/^f\.csv: line 2, column 'n': got/);
  });

  it('must be there where a number is needed', () => {
    const table = readCsv('n,x\n-,0\n', 'f');
    expect(() => numberIn(table, table.rows[0]!, 'n')).toThrow('a number is needed');
  });

  it('may have decimal commas where nothing else can be meant', () => {
    const numbers = (text: string) => {
      const table = readCsv(text, 'f');
      return table.rows.map((row) => numberOrNullIn(table, row, 'n'));
    };
    expect(numbers('n;x\n93,51;1\n1,234;2\n-0,5e3;3\n')).toEqual([93.51, 1.234, -500]);
    expect(() => numbers('n;x\n1,234;1\n')).toThrow('with a point for decimals');
    expect(() => numbers('n;x\n93,51;1.5\n')).toThrow('with a point for decimals');
  });

  it('are found by one of several names of their column', () => {
    const table = readCsv('arch,n\na,1\n', 'f.csv');
    expect(columnOf(table, ['architecture', 'arch'], 'the architecture')).toBe('arch');
    expect(() => columnOf(table, ['acc'], 'accuracies')).toThrow(
      "f.csv: no column 'acc' for accuracies; its columns are arch, n",
    );
  });
});
