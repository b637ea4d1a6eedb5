import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { isRecord, TenasError } from '@tenas/base';
import { type AccuracyTable, parseAccuracyTable } from './accuracy-table.js';
import {
  BATCH_COLUMNS,
  isJobLine,
  type Run,
  runOfJob,
  runOfScore,
  runOfSearch,
  runsOfCsv,
} from './batch-runs.js';
import { type Bench, benchSchema } from './bench-document.js';
import { parseCsv } from './csv-table.js';
import { type Evaluation, evaluationSchema } from './evaluation-document.js';
import { type ExportDocument, exportDocumentSchema } from './export-document.js';
import { parseDocument } from './parse-document.js';
import { type ScoreDocument, scoreDocumentSchema } from './score-document.js';
import { type SearchRecord, searchRecordSchema } from './search-record.js';

/** A result file, read and checked. */
export type Result =
  | { readonly kind: 'search'; readonly file: string; readonly record: SearchRecord }
  | { readonly kind: 'score'; readonly file: string; readonly document: ScoreDocument }
  | { readonly kind: 'export'; readonly file: string; readonly document: ExportDocument }
  | { readonly kind: 'batch'; readonly file: string; readonly runs: readonly Run[] }
  | { readonly kind: 'evaluation'; readonly file: string; readonly document: Evaluation }
  | { readonly kind: 'bench'; readonly file: string; readonly document: Bench };

const KNOWN =
  'a record of `tenas search`, what `tenas score --json` or `tenas export --json` print, CSV or JSONL of `tenas batch export`, a document of `tenas evaluate`, or a result of `npm run bench`';

/** The sweep of a whole space is tens of megabytes; nothing is as large as this. */
const LARGEST = 512 * 1024 * 1024;

function unknownResult(file: string, problem: string, cause?: unknown): TenasError {
  return new TenasError('RESULT_INVALID', `${file}: ${problem}; give ${KNOWN}`, {
    field: 'result',
    value: file,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What a document is, by the fields that only it has. */
function documentOf(document: unknown, file: string): Result {
  if (!isRecord(document)) throw unknownResult(file, 'holds no JSON object');
  if ('rounds' in document && 'strategy' in document) {
    const record = parseDocument(searchRecordSchema, document, file, 'a search record');
    return { kind: 'search', file, record };
  }
  if ('ntk' in document && 'architecture' in document) {
    const score = parseDocument(scoreDocumentSchema, document, file, 'a document of tenas score');
    return { kind: 'score', file, document: score };
  }
  if ('opset' in document && 'out' in document) {
    const exported = parseDocument(exportDocumentSchema, document, file, 'a document of tenas export');
    return { kind: 'export', file, document: exported };
  }
  if (document.kind === 'evaluation') {
    const evaluation = parseDocument(evaluationSchema, document, file, 'a document of tenas evaluate');
    return { kind: 'evaluation', file, document: evaluation };
  }
  if ('format' in document && 'machine' in document) {
    const bench = parseDocument(benchSchema, document, file, 'a result of a benchmark');
    return { kind: 'bench', file, document: bench };
  }
  if (isJobLine(document)) return { kind: 'batch', file, runs: [runOfJob(document, file)] };
  const fields = Object.keys(document).slice(0, 8).join(', ') || 'none';
  throw unknownResult(file, `is none of the results that a report knows (its fields: ${fields})`);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unknownResult(file, `not JSON (${(cause as Error).message})`, cause);
  }
}

/** Documents one a line: jobs of a batch, search records or scores. */
function runsOfLines(text: string, file: string): Run[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const place = `${file}, line ${index + 1}`;
    const result = documentOf(parseJson(line, place), place);
    switch (result.kind) {
      case 'batch':
        return result.runs;
      case 'search':
        return [runOfSearch(result.record)];
      case 'score':
        return [runOfScore(result.document)];
      default:
        throw unknownResult(place, `is no job of a batch but a document of another kind (${result.kind})`);
    }
  });
}

function batchOfCsv(text: string, file: string): Result {
  const table = parseCsv(text, file);
  const missing = BATCH_COLUMNS.filter((column) => !table.columns.includes(column));
  if (missing.length > 0) {
    throw unknownResult(
      file,
      `a CSV without the columns ${missing.join(', ')} is no batch (its columns: ${table.columns.join(', ')})`,
    );
  }
  return { kind: 'batch', file, runs: runsOfCsv(table) };
}

/**
 * The result that a text holds: CSV and JSONL by the ending of the file's name, JSON otherwise.
 * @throws TenasError `RESULT_INVALID` naming the file, the field and the value
 */
export function parseResult(text: string, file: string): Result {
  switch (extname(file).toLowerCase()) {
    case '.csv':
      return batchOfCsv(text, file);
    case '.jsonl':
    case '.ndjson':
      return { kind: 'batch', file, runs: runsOfLines(text, file) };
    case '.onnx':
      throw unknownResult(file, 'is a network and not a result');
    default:
      return documentOf(parseJson(text, file), file);
  }
}

function readText(file: string): string {
  const bytes = readFileSync(file);
  if (bytes.length > LARGEST) throw unknownResult(file, `${bytes.length} bytes are too many for a result`);
  return bytes.toString('utf8');
}

/** Reads a result file. @throws TenasError as {@link parseResult}; errors of the file system */
export function readResult(file: string): Result {
  return parseResult(readText(file), file);
}

/** Reads a table of accuracies. @throws TenasError `RESULT_INVALID`; errors of the file system */
export function readAccuracyTable(file: string): AccuracyTable {
  return parseAccuracyTable(readText(file), file);
}
