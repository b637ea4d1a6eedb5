const words: readonly (readonly [RegExp, string])[] = [
  [/^nor_conv_(\d)x\d$/, 'conv$1'],
  [/^(sep|dil)_conv_(\d)x\d$/, '$1$2'],
  [/^(avg|max)_pool_(\d)x\d$/, '$1$2'],
  [/^skip_connect$/, 'skip'],
];

/** A short form for progress lines: `nor_conv_3x3` is `conv3`, `sep_conv_5x5` is `sep5`, `skip_connect` is `skip`. */
export function shortOperation(op: string): string {
  const word = words.find(([pattern]) => pattern.test(op));
  return word === undefined ? op : op.replace(word[0], word[1]);
}

/** Operations by cell type and edge in one line, the cell type only where there are several. */
export function shortCells(cells: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const entries = Object.entries(cells);
  return entries
    .map(([cell, edges]) => {
      const ops = Object.values(edges).map(shortOperation).join(' ');
      return entries.length === 1 ? ops : `${cell}: ${ops}`;
    })
    .join(' | ');
}
