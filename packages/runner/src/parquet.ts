import { type ColumnKind, type CsvCell, columnKindOf } from '@tenas/records';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { jobFields } from './export.js';
import type { RowFilter, StoreReader } from './store/reader.js';
import { resultColumns } from './store/results-view.js';

/** Rows of a row group: what is in memory at once. */
const GROUP = 10_000;

interface ParquetColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

/**
 * The rows of `csvLines` as a Parquet file, part by part: lists of numbers as lists, counts as int64, nothing as null.
 * @param onRow called for each row
 */
export function* parquetParts(
  reader: StoreReader,
  filter: RowFilter,
  onRow: () => void,
): Generator<Uint8Array, void, undefined> {
  const metrics = reader.metrics(filter);
  const columns = resultColumns(metrics, reader.kinds(filter)).map(
    (name): ParquetColumn => ({ name, kind: columnKindOf(name, metrics) }),
  );
  const writer = new ByteWriter();
  const file = new ParquetWriter({ writer, schema: schemaOf(columns), createdBy: 'tenas' });
  let group = columns.map((): unknown[] => []);
  const taken = (): Uint8Array => {
    const bytes = new Uint8Array(writer.getBuffer());
    writer.index = 0;
    return bytes;
  };
  const flush = (): Uint8Array => {
    const columnData = columns.map(({ name }, index) => ({ name, data: group[index]! }));
    file.write({ columnData, rowGroupSize: GROUP });
    group = columns.map(() => []);
    return taken();
  };
  for (const row of reader.rows(filter)) {
    const fields = jobFields(row);
    for (const [index, { name, kind }] of columns.entries()) {
      group[index]!.push(heldBy(fields[name] ?? null, kind));
    }
    onRow();
    if (group[0]!.length === GROUP) yield flush();
  }
  if (group[0]!.length > 0) yield flush();
  file.finish();
  yield taken();
}

/** A cell as its column holds it; null where it is of another type. */
function heldBy(cell: CsvCell, kind: ColumnKind): unknown {
  switch (kind) {
    case 'text':
      return cell === null ? null : String(cell);
    case 'count':
      return typeof cell === 'number' && Number.isInteger(cell) ? BigInt(cell) : null;
    case 'number':
      return typeof cell === 'number' ? cell : null;
    case 'list':
      return Array.isArray(cell) ? cell.map((item) => (typeof item === 'number' ? item : null)) : null;
  }
}

function schemaOf(columns: readonly ParquetColumn[]): SchemaElement[] {
  return [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)];
}

function elementsOf({ name, kind }: ParquetColumn): SchemaElement[] {
  const optional = { repetition_type: 'OPTIONAL' } as const;
  switch (kind) {
    case 'text':
      return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', ...optional }];
    case 'count':
      return [{ name, type: 'INT64', ...optional }];
    case 'number':
      return [{ name, type: 'DOUBLE', ...optional }];
    case 'list':
      return [
        { name, converted_type: 'LIST', num_children: 1, ...optional },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'DOUBLE', ...optional },
      ];
  }
}
