import { extname } from 'node:path';
import { readInputText, TenasError } from '@tenas/base';
import {
  type BatchComparison,
  type BenchDocument,
  columnList,
  type Evaluation,
  type ExportDocument,
  parseJsonText,
  readCsv,
  readDocument,
  type ScoreDocument,
  type SearchRecord,
  type TaskStudy,
  type TrainingRecord,
} from '@tenas/records';
import { type AccuracyTable, parseAccuracyTable } from './accuracy-table.js';
import {
  BATCH_COLUMNS,
  gatherRuns,
  type Runs,
  runOfRow,
  runOfScore,
  runOfSearch,
  runOfTraining,
  runsOfCsv,
} from './batch-runs.js';

/** A result file, read and checked. */
export type Result =
  | { readonly kind: 'search'; readonly file: string; readonly document: SearchRecord }
  | { readonly kind: 'score'; readonly file: string; readonly document: ScoreDocument }
  | { readonly kind: 'training'; readonly file: string; readonly document: TrainingRecord }
  | { readonly kind: 'export'; readonly file: string; readonly document: ExportDocument }
  | { readonly kind: 'evaluation'; readonly file: string; readonly document: Evaluation }
  | { readonly kind: 'task-study'; readonly file: string; readonly document: TaskStudy }
  | { readonly kind: 'batch-comparison'; readonly file: string; readonly document: BatchComparison }
  | { readonly kind: 'bench'; readonly file: string; readonly document: BenchDocument }
  | { readonly kind: 'batch'; readonly file: string; readonly document: Runs };

/** The sweep of a whole space is tens of megabytes; nothing is as large as this. */
const LARGEST = 512 * 1024 * 1024;

function unfit(file: string, problem: string): TenasError {
  return new TenasError('RESULT_INVALID', `${file}: ${problem}`, { field: 'result', value: file });
}

/** A job of a batch as one run, with what its result says of the metrics. */
function runOfDocument(json: unknown, place: string) {
  const { kind, document } = readDocument(json, place);
  switch (kind) {
    case 'batch-row':
      return {
        run: runOfRow(document),
        described: document.kind === 'train' ? [] : (document.result?.metrics ?? []),
        plugins: document.result?.plugins,
      };
    case 'search':
      return { run: runOfSearch(document), described: document.metrics, plugins: document.plugins };
    case 'score':
      return { run: runOfScore(document), described: document.metrics, plugins: document.plugins };
    case 'training':
      return { run: runOfTraining(document), described: [], plugins: document.plugins };
    default:
      throw unfit(place, `is no job of a batch but a document of another kind (${kind})`);
  }
}

/** One document per line: jobs of a batch, records of searches and trainings, or scores. */
function runsOfLines(lines: Iterable<string>, file: string): Runs {
  const parts: ReturnType<typeof runOfDocument>[] = [];
  let number = 0;
  for (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const place = `${file}, line ${number}`;
    parts.push(runOfDocument(parseJsonText(line, place), place));
  }
  return gatherRuns(parts);
}

/**
 * The result that the lines of a batch's JSONL hold.
 * @param file what messages and the page call it
 * @throws TenasError `RECORD_INVALID`, `RESULT_INVALID` naming the line
 */
export function resultOfLines(lines: Iterable<string>, file: string): Result {
  return { kind: 'batch', file, document: runsOfLines(lines, file) };
}

function runsOfTable(text: string, file: string): Runs {
  const table = readCsv(text, file);
  const missing = BATCH_COLUMNS.filter((column) => !table.columns.includes(column));
  if (missing.length > 0) {
    const columns = columnList(table);
    throw unfit(
      file,
      `a CSV without the columns ${missing.join(', ')} is no batch (its columns: ${columns}); give what \`tenas batch export\` writes`,
    );
  }
  return runsOfCsv(table);
}

/** How a result is written. */
type Form = 'json' | 'lines' | 'csv';

const FORMS: Readonly<Record<string, Form>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'lines',
  '.ndjson': 'lines',
};

/** By the ending of the file's name; a pipe has none, and then by what is in it. */
function formOf(text: string, file: string): Form {
  const ending = extname(file).toLowerCase();
  if (ending !== '') return FORMS[ending] ?? 'json';
  if (!/^\s*[[{]/.test(text)) return 'csv';
  // Documents one a line: the first line is whole, and there is another one.
  const [first = '', ...more] = text.split('\n', 100).filter((line) => line.trim() !== '');
  return more.length > 0 && /\}\s*$/.test(first) && more[0]!.startsWith('{') ? 'lines' : 'json';
}

/**
 * The result that a text holds: CSV and JSONL by the ending of the file's name, or by the text where it has none; JSON
 * otherwise.
 * @throws TenasError `RECORD_INVALID`, `CSV_INVALID` or `RESULT_INVALID` naming the file, the field and the value
 */
export function parseResult(text: string, file: string): Result {
  if (extname(file).toLowerCase() === '.onnx') throw unfit(file, 'is a network and not a result');
  switch (formOf(text, file)) {
    case 'csv':
      return { kind: 'batch', file, document: runsOfTable(text, file) };
    case 'lines':
      return resultOfLines(text.split('\n'), file);
    case 'json': {
      const json = parseJsonText(text, file);
      const read = readDocument(json, file);
      if (read.kind !== 'batch-row') return { ...read, file };
      return { kind: 'batch', file, document: gatherRuns([runOfDocument(json, file)]) };
    }
  }
}

async function readText(file: string, signal: AbortSignal | undefined): Promise<string> {
  return await readInputText(file, { maxBytes: LARGEST, pipes: true, signal });
}

/**
 * Reads a result file, or a pipe that holds one.
 * @throws TenasError as {@link parseResult} and `readInput`; errors of the file system
 */
export async function readResult(file: string, signal?: AbortSignal): Promise<Result> {
  return parseResult(await readText(file, signal), file);
}

/** Reads a table of accuracies. @throws TenasError `CSV_INVALID`, as `readInput`; errors of the file system */
export async function readAccuracyTable(file: string, signal?: AbortSignal): Promise<AccuracyTable> {
  return parseAccuracyTable(await readText(file, signal), file);
}
