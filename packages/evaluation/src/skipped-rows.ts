import { clip, TenasError } from '@tenas/base';
import type { CsvRow, CsvTable } from '@tenas/records';

/** A line of a table that was left out, and why. */
export interface SkippedRow {
  /** The table's origin. */
  readonly from: string;
  readonly line: number;
  /** What stands there: the cell that could not be read, or the whole line. */
  readonly text: string;
  readonly why: string;
}

/** Reads rows one by one and keeps those apart that cannot be read. */
export class RowSieve {
  readonly #table: CsvTable;
  readonly #strict: boolean;
  readonly #skipped: SkippedRow[];
  #first: unknown = null;

  /**
   * A sieve for a table's rows in their order; a strict one throws at the first line that cannot be read, of another width
   * than the header's or otherwise.
   */
  constructor(table: CsvTable, { strict }: { readonly strict: boolean }) {
    this.#table = table;
    this.#strict = strict;
    this.#skipped = table.broken.map((row) => ({ from: table.from, ...row }));
  }

  /**
   * The result of reading a row; undefined: it could not be read, and is counted.
   * @throws TenasError that of the work or of an earlier line, where the sieve is strict; any other error
   */
  read<T>(row: CsvRow, work: () => T): T | undefined {
    if (this.#strict) this.#refuseBroken(row.line);
    try {
      return work();
    } catch (error) {
      if (!(error instanceof TenasError) || error.code !== 'CSV_INVALID' || this.#strict) throw error;
      this.#first ??= error;
      this.#skipped.push({
        from: this.#table.from,
        line: row.line,
        text: clip(typeof error.value === 'string' ? error.value : ''),
        why: this.#reason(error, row),
      });
      return undefined;
    }
  }

  /** The rows that were left out, in the order of the file. */
  get skipped(): readonly SkippedRow[] {
    return this.#skipped.toSorted((a, b) => a.line - b.line);
  }

  /**
   * Refuses a table of which nothing could be read, and where the sieve is strict one with a broken line at its end.
   * @param left rows that were read
   * @throws TenasError the first one that was met
   */
  demandSome(left: number): void {
    if (this.#strict) this.#refuseBroken(Number.POSITIVE_INFINITY);
    if (left === 0 && this.#first !== null) throw this.#first;
  }

  /** Refuses a table that has a row of another width before a line. */
  #refuseBroken(before: number): void {
    const { from, broken } = this.#table;
    const [first] = broken;
    if (first === undefined || first.line >= before) return;
    throw new TenasError('CSV_INVALID', `${from}: line ${first.line}: ${first.why}`, {
      field: from,
      value: first.text,
    });
  }

  /** The message without file and line, which are told apart from it, in one line. */
  #reason({ message }: TenasError, { line }: CsvRow): string {
    const place = `${this.#table.from}: line ${line}, `;
    const [first = ''] = message.slice(message.startsWith(place) ? place.length : 0).split('\n');
    return first;
  }
}
