import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvCell, csvLines, csvRow, csvText, readCsv } from '../src/index.js';

const column = (cell: CsvCell, raw = false) => csvRow([cell], { raw });

describe('writing CSV', () => {
  it('quotes where it must, joins lists, leaves out null', () => {
    const cells = { a: 'x,"y"\n', b: null, c: [1.5, null, -2], d: true, e: 1e21, f: '' };
    const columns = Object.keys(cells) as (keyof typeof cells)[];
    expect(csvText(columns, [cells])).toBe('a,b,c,d,e,f\n"x,""y""\n",,1.5;-;-2,true,1e+21,\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('shows %j as text and not as a formula', (text) => {
    expect(readCsv(`a\n${column(text)}\n`, 'f').rows[0]!.cells.a).toBe(`'${text}`);
    expect(column(text, true)).toBe(text === '\rx' ? '"\rx"' : text);
  });

  it('never changes numbers, and lists of numbers as little', () => {
    expect(column(-1.5)).toBe('-1.5');
    expect(column([null, -2])).toBe('-;-2');
    expect(column(['=x', null])).toBe("'=x;-");
  });

  it('is read back as it was', () => {
    const cell = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const named = rows.map(([left, right]) => ({ left, right }));
        const text = csvText(['left', 'right'], named, { raw: true });
        const read = readCsv(`${text}x,y\n`, 'f').rows.slice(0, -1);
        // Blanks around a cell are lost unless it is quoted; a row of nothing is no row, so nothing else may be lost.
        const trimmed = (cells: readonly unknown[]) => cells.map((value) => String(value).trim());
        expect(read.map(({ cells }) => trimmed([cells.left, cells.right]))).toEqual(rows.map(trimmed));
      }),
    );
  });

  it('reads rows as they are asked for', () => {
    let read = 0;
    const endless = (function* () {
      for (;;) yield { n: read++ };
    })();
    const lines = csvLines(['n'], endless);
    expect([lines.next().value, lines.next().value, lines.next().value]).toEqual(['n', '0', '1']);
    expect(read).toBe(2);
  });
});
