import { type CsvRow, type CsvTable, cellError } from '@tenas/records';
import { GenotypeSyntaxError, type SearchSpace } from '@tenas/spaces';

/** An architecture as every file has to mean it, however it is written there. */
export interface NamedArchitecture {
  /** As the space writes it. */
  readonly text: string;
  /** Whether an edge has the operation `none`. */
  readonly hasNone: boolean;
}

/** Reads a cell that names an architecture. @throws TenasError `CSV_INVALID` with line, column and what was expected */
export function architectureIn(
  space: SearchSpace,
  table: CsvTable,
  row: CsvRow,
  column: string,
): NamedArchitecture {
  const text = row.cells[column] ?? '';
  try {
    const architecture = space.parse(text);
    const active = space.activeOf(architecture);
    return {
      text: space.format(architecture),
      hasNone: Object.values(active).some((edges) =>
        Object.values(edges).some((ops) => ops.includes('none')),
      ),
    };
  } catch (error) {
    if (!(error instanceof GenotypeSyntaxError)) throw error;
    const wanted = `at position ${error.position}, expected ${error.expected}`;
    throw cellError(table, row, column, text, wanted, error);
  }
}
