import { isRecord, mean } from '@tenas/base';
import { accuracyColumns, isMissing } from '@tenas/records';
import { type BenchmarkRow, columnName, type MisplacedText } from './rows.js';

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
 * `score`; lists of numbers are averaged where there is no single accuracy. Text that is no number is kept apart.
 * @param isArchitecture whether a key is one
 * @returns null: the keys are no architectures
 */
export function nestedRows(value: unknown, isArchitecture: (key: string) => boolean): BenchmarkRow[] | null {
  const entries = entriesOf(value);
  if (entries === null) return null;
  if (areArchitectures(entries, isArchitecture)) return rowsOf(entries, '');
  const rows = new Map<string, RowOfEntry>();
  for (const [dataset, inside] of entries) {
    const own = entriesOf(inside);
    if (own === null || !areArchitectures(own, isArchitecture)) return null;
    for (const row of rowsOf(own, dataset)) {
      const known = rows.get(row.name);
      if (known === undefined) rows.set(row.name, row);
      else {
        for (const [column, number] of row.values) known.values.set(column, number);
        for (const [column, text] of row.texts) known.texts.set(column, text);
      }
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

interface RowOfEntry extends BenchmarkRow {
  readonly values: Map<string, number>;
  readonly texts: Map<string | null, MisplacedText>;
}

function rowsOf(entries: readonly (readonly [string, unknown])[], dataset: string): RowOfEntry[] {
  return entries.map(([name, value], at) => {
    const place = `entry ${at + 1}${dataset === '' ? '' : ` of ${dataset}`}`;
    const items = entriesOf(value);
    const named = (items ?? [['accuracy', value]]).map(
      ([key, item]) => [columnName(dataset, key), item] as const,
    );
    const texts = named.flatMap(([column, item]): [string | null, MisplacedText][] => {
      const text = misplacedIn(item);
      return text === null ? [] : [[items === null ? null : column, { place, text }]];
    });
    return { name, place, values: new Map(numbersIn(named)), texts: new Map(texts) };
  });
}

/** What an item holds, or its `score`. */
function contentOf(item: unknown): unknown {
  return isRecord(item) && !(item instanceof Map) ? item.score : item;
}

/** What stands in an item, or in its list, where a number is needed; null: nothing that is wrong. */
function misplacedIn(item: unknown): string | null {
  const content = contentOf(item);
  const wrong = (Array.isArray(content) ? content : [content]).find(
    (one) => typeof one === 'boolean' || (typeof one === 'string' && !isMissing(one)),
  );
  return wrong === undefined ? null : String(wrong);
}

/** Numbers by the names of their columns. */
function numbersIn(named: readonly (readonly [string, unknown])[]): [string, number][] {
  const single = named.flatMap(([column, item]): [string, number][] => {
    const number = contentOf(item);
    return typeof number === 'number' && Number.isFinite(number) ? [[column, number]] : [];
  });
  if (accuracyColumns({ columns: single.map(([column]) => column) }).accuracies.length > 0) return single;
  const lists = named.flatMap(([column, item]): [string, number][] => {
    const numbers = Array.isArray(item) ? item.filter((one) => typeof one === 'number') : [];
    return numbers.length === 0 ? [] : [[column, mean(numbers)]];
  });
  return [...single, ...lists];
}
