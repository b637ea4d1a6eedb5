/**
 * Lines of a table with columns as wide as their widest cell; the first row is the head.
 * @param left columns that are not set right
 * @param gap between columns
 */
export function tableText(
  rows: readonly (readonly string[])[],
  left: readonly number[] = [],
  gap = '   ',
): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join(gap)
        .trimEnd(),
    )
    .join('\n');
}
