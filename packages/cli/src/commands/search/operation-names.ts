import { type Choices, cellAndEdge } from '@tenas/spaces';

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

/** Choices in one line: operations in short, the cell type before them where there are several. */
export function shortChoices(choices: Choices): string {
  const cells = new Map<string, string[]>();
  for (const [decision, choice] of Object.entries(choices)) {
    const { cell } = cellAndEdge(decision);
    cells.set(cell, [...(cells.get(cell) ?? []), shortOperation(choice)]);
  }
  return [...cells]
    .map(([cell, ops]) => (cells.size === 1 ? ops.join(' ') : `${cell}: ${ops.join(' ')}`))
    .join(' | ');
}
