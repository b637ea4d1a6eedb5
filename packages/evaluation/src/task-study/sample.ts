import { checkInteger, RandomStream, settingError } from '@tenas/base';
import type { Space } from '@tenas/spaces';
import type { AccuracyTable } from '../accuracy-table.js';
import { hasNone } from '../architectures.js';

/** An architecture of the sample. */
export interface SampledCell {
  readonly architecture: object;
  /** As the space writes it. */
  readonly text: string;
  /** Of the table; null without one. */
  readonly accuracy: number | null;
}

/** A column of a table of accuracies. */
export interface TableColumn {
  readonly table: AccuracyTable;
  /** Place of the column among the table's datasets. */
  readonly column: number;
}

/**
 * Architectures for a study. With a table they are spread over its accuracies: half of them without `none`, the other half
 * with it (all alike in spaces that have no `none`), and of each half one from each of as many parts of equal size, ordered
 * by accuracy. Without a table they are drawn uniformly, none twice.
 *
 * @throws TenasError SETTING_INVALID where there are too few
 */
export function studySample(
  space: Space,
  {
    cells,
    seed,
    from,
  }: { readonly cells: number; readonly seed: number; readonly from?: TableColumn | undefined },
): SampledCell[] {
  checkInteger('cells', cells, 2, 100_000);
  return from === undefined ? drawn(space, cells, seed) : stratified(space, cells, seed, from);
}

function drawn(space: Space, cells: number, seed: number): SampledCell[] {
  const found = new Map<string, object>();
  for (let count = cells; found.size < cells; count *= 2) {
    const before = found.size;
    for (const architecture of space.sample({ count, seed }))
      found.set(space.format(architecture), architecture);
    if (found.size === before && found.size < cells) throw tooFew(cells, found.size);
  }
  return [...found].slice(0, cells).map(([text, architecture]) => ({ architecture, text, accuracy: null }));
}

function stratified(
  space: Space,
  cells: number,
  seed: number,
  { table, column }: TableColumn,
): SampledCell[] {
  const all = [...table.accuracies].flatMap(([text, values]) => {
    const accuracy = values[column];
    return typeof accuracy === 'number' ? [{ architecture: space.parse(text), text, accuracy }] : [];
  });
  if (all.length < cells) throw tooFew(cells, all.length);
  const parts = [false, true].map((none) =>
    all
      .filter(({ architecture }) => hasNone(space, architecture) === none)
      .sort((a, b) => a.accuracy - b.accuracy || (a.text < b.text ? -1 : 1)),
  );
  // As many of each part as it has, where one is small.
  const without = Math.min(parts[0]!.length, Math.max(Math.ceil(cells / 2), cells - parts[1]!.length));
  return [without, cells - without].flatMap((count, place) => {
    const part = parts[place]!;
    const random = new RandomStream('study sample', seed, place);
    return Array.from({ length: count }, (_, stratum) => {
      const first = Math.floor((stratum * part.length) / count);
      const end = Math.floor(((stratum + 1) * part.length) / count);
      return part[first + random.below(end - first)]!;
    });
  });
}

function tooFew(cells: number, found: number) {
  return settingError('cells', cells, `at most ${found}, as many as there are architectures`);
}
