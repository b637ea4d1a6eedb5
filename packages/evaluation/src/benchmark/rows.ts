/** What a benchmark's file says of one architecture. */
export interface BenchmarkRow {
  /** As the file names it: text, or a number. */
  readonly name: string;
  /** Place in the file, for messages: `entry 7`. */
  readonly place: string;
  /** Numbers by the names of their columns. */
  readonly values: ReadonlyMap<string, number>;
  /** What stands where a number is needed, by the names of the columns; null: instead of all numbers. */
  readonly texts?: ReadonlyMap<string | null, MisplacedText> | undefined;
}

/** Something else than a number. */
export interface MisplacedText {
  /** Place in the file, for messages. */
  readonly place: string;
  readonly text: string;
}

/** The rows of a benchmark's file. */
export interface BenchmarkRows {
  /** What the file was recognised as. */
  readonly format: string;
  readonly rows: readonly BenchmarkRow[];
  readonly notes: readonly string[];
}

/** A name as a column: lower case, words joined by `_`. */
export function columnName(...words: readonly string[]): string {
  return words
    .join('_')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}
