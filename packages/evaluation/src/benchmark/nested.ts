import { isRecord, mean } from '@tenas/base';
import { accuracyColumns } from '@tenas/records';
import { type BenchmarkRow, columnName } from './rows.js';

/** Entries of a JSON object or of a pickled dict; null: it is neither. */
function entriesOf(value: unknown): [string, unknown][] | null {
  if (value instanceof Map) return [...value].map(([key, item]) => [String(key), item]);
  return isRecord(value) ? Object.entries(value) : null;
}

/** Entries that are looked at to find out what the keys are. */
const TRIED = 50;

/**
 * Rows of an object from architectures to numbers, `{arch: {"mean_acc": 93.1, ...}}` (NAS-Bench-Macro), or of one for each
 * dataset, `{dataset: {arch: {"val_accuracy": 93.1, ...}}}` (NAS-Bench-Suite-Zero). A number may be an object with a
 * `score`; lists of numbers are averaged where there is no single accuracy.
 * @param isArchitecture whether a key is one
 * @returns null: the keys are no architectures
 */
export function nestedRows(value: unknown, isArchitecture: (key: string) => boolean): BenchmarkRow[] | null {
  const entries = entriesOf(value);
  if (entries === null) return null;
  if (areArchitectures(entries, isArchitecture)) return rowsOf(entries, '');
  const rows = new Map<string, BenchmarkRow & { readonly values: Map<string, number> }>();
  for (const [dataset, inside] of entries) {
    const own = entriesOf(inside);
    if (own === null || !areArchitectures(own, isArchitecture)) return null;
    for (const row of rowsOf(own, dataset)) {
      const known = rows.get(row.name);
      if (known === undefined) rows.set(row.name, { ...row, values: new Map(row.values) });
      else for (const [column, number] of row.values) known.values.set(column, number);
    }
  }
  return rows.size === 0 ? null : [...rows.values()];
}

function areArchitectures(
  entries: readonly (readonly [string, unknown])[],
  isArchitecture: (key: string) => boolean,
): boolean {
  const first = entries.slice(0, TRIED);
  return first.filter(([key]) => isArchitecture(key)).length * 2 > first.length;
}

function rowsOf(entries: readonly (readonly [string, unknown])[], dataset: string): BenchmarkRow[] {
  return entries.map(([name, value], place) => ({
    name,
    place: `entry ${place + 1}${dataset === '' ? '' : ` of ${dataset}`}`,
    values: numbersIn(value, dataset),
  }));
}

/** Numbers by the names of their columns. */
function numbersIn(value: unknown, dataset: string): Map<string, number> {
  if (typeof value === 'number') return new Map([[columnName(dataset, 'accuracy'), value]]);
  const entries = entriesOf(value) ?? [];
  const single = entries.flatMap(([key, item]): [string, number][] => {
    const number = isRecord(item) && !(item instanceof Map) ? item.score : item;
    return typeof number === 'number' && Number.isFinite(number) ? [[columnName(dataset, key), number]] : [];
  });
  const named = accuracyColumns({ columns: single.map(([column]) => column) }).accuracies;
  if (named.length > 0) return new Map(single);
  const lists = entries.flatMap(([key, item]): [string, number][] => {
    const numbers = Array.isArray(item) ? item.filter((one) => typeof one === 'number') : [];
    return numbers.length === 0 ? [] : [[columnName(dataset, key), mean(numbers)]];
  });
  return new Map([...single, ...lists]);
}
