import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { TenasError } from '@tenas/graph';
import { type ExportDocument, exportDocumentSchema } from './export-document.js';
import { parseDocument } from './parse-document.js';
import { type ScoreDocument, scoreDocumentSchema } from './score-document.js';
import { type SearchRecord, searchRecordSchema } from './search-record.js';

/** A result file, read and checked. */
export type Result =
  | { readonly kind: 'search'; readonly file: string; readonly record: SearchRecord }
  | { readonly kind: 'score'; readonly file: string; readonly document: ScoreDocument }
  | { readonly kind: 'export'; readonly file: string; readonly document: ExportDocument };

const KNOWN = 'a record of `tenas search`, or what `tenas score --json`, `tenas export --json` print';

/** Result files are megabytes; the sweep of a whole space is tens of them. */
const LARGEST = 512 * 1024 * 1024;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownResult(file: string, problem: string): TenasError {
  return new TenasError('RESULT_INVALID', `${file}: ${problem}; give ${KNOWN}`, {
    field: 'result',
    value: file,
  });
}

/** What a document is, by the fields that only it has. */
function documentOf(document: unknown, file: string): Result {
  if (!isObject(document)) throw unknownResult(file, 'holds no JSON object');
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
  throw unknownResult(
    file,
    `is none of the results that a report knows (its fields: ${Object.keys(document).slice(0, 8).join(', ') || 'none'})`,
  );
}

/** The result that a text holds. @throws TenasError `RESULT_INVALID` naming the file, the field and the value */
export function parseResult(text: string, file: string): Result {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new TenasError('RESULT_INVALID', `${file}: not JSON (${(cause as Error).message}); give ${KNOWN}`, {
      field: 'result',
      value: file,
      cause,
    });
  }
  return documentOf(document, file);
}

/** Reads a result file. @throws TenasError as {@link parseResult}; errors of the file system */
export function readResult(file: string): Result {
  const bytes = readFileSync(file);
  if (bytes.length > LARGEST) throw unknownResult(file, `${bytes.length} bytes are too many for a result`);
  if (extname(file) === '.onnx') throw unknownResult(file, 'is a network and not a result');
  return parseResult(bytes.toString('utf8'), file);
}
