import { type Row, verdict } from './result.js';

/** Columns of equal width; the first is aligned to the left, the others to the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      widths
        .map((width, column) =>
          column === 0 ? (row[0] ?? '').padEnd(width) : (row[column] ?? '').padStart(width),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What marks a value of fewer architectures than others have. */
export const FEWER = '†';

/** A table in Markdown. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A number with three or four significant digits and no exponent. */
export function figure(value: number | undefined): string {
  if (value === undefined || value === null || Number.isNaN(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100 || size === 0) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4);
}

/** The table of a run: figure, spread, rate, target. */
export function resultTable(rows: readonly Row[]): string {
  const header = ['what', 'median', 'unit', 'p10 - p90', 'GFLOP/s', '% peak', 'target', 'stretch', ''];
  return textTable([
    header,
    ...rows.map((row) => [
      row.title,
      figure(row.summary.median),
      row.unit,
      `${figure(row.summary.p10)} - ${figure(row.summary.p90)}`,
      figure(row.gflops),
      row.shareOfPeak === undefined ? '-' : figure(100 * row.shareOfPeak),
      figure(row.target),
      figure(row.stretch),
      verdict(row),
    ]),
  ]);
}
