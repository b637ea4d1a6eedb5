import { TenasError } from '@tenas/base';
import { type CsvRow, type CsvTable, cellError } from '@tenas/records';
import { GenotypeSyntaxError, type Space } from '@tenas/spaces';
import type { ArchitectureCells } from './architecture-cells.js';

/** An architecture as every file has to mean it, however it is written there. */
export interface NamedArchitecture {
  readonly architecture: object;
  /** As the space writes it. */
  readonly text: string;
  /** Whether an edge has the operation `none`. */
  readonly hasNone: boolean;
  /** Whether an operation lies on no path through its cell. */
  readonly hasUnreachable: boolean;
}

/** Reads the architecture of a row. @throws TenasError `CSV_INVALID` with line, column and what was expected */
export function architectureIn(
  space: Space,
  table: CsvTable,
  row: CsvRow,
  cells: ArchitectureCells,
): NamedArchitecture {
  try {
    const architecture = space.parse(cells.text(row));
    return {
      architecture,
      text: space.format(architecture),
      hasNone: hasNone(space, architecture),
      hasUnreachable: space.hasUnreachableOperation?.(architecture) ?? false,
    };
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    const wanted =
      error instanceof GenotypeSyntaxError
        ? `at position ${error.position}, expected ${error.expected}`
        : error.message;
    throw cellError(table, row, cells.column, cells.shown(row), wanted, error);
  }
}

/** Whether a decision of the space was made for `none`. Spaces without that choice need not be asked. */
export function hasNone(space: Space, architecture: object): boolean {
  if (!space.decisions.some(({ choices }) => choices.includes('none'))) return false;
  return Object.values(space.choicesOf(architecture)).includes('none');
}
