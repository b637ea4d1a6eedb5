import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, type Summary, writeOutputFile } from '@tenas/base';
import type { Machine } from './machine.js';
import { buildFolder } from './paths.js';
import type { Roofline } from './roofline.js';

/** One measured thing. */
export interface Row {
  /** Unique and stable, so that runs can be compared. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly summary: Summary;
  readonly samples: readonly number[];
  readonly target?: number;
  readonly stretch?: number;
  /** Rate by the plain algorithm, two operations per multiply-add, at the median time. */
  readonly gflops?: number;
  /**
   * Operations (two per multiply-add) per byte, if every tensor of the layer were read or written in memory once per
   * pass.
   */
  readonly intensity?: number;
  /** Share of the multiply-add peak of the threads that were used. */
  readonly shareOfPeak?: number;
  readonly note?: string;
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A run, as it is written. */
export interface BenchResult {
  readonly format: 'tenas-bench-1';
  /** The program that ran: `bench`, `peer` or `scaling`. */
  readonly kind: string;
  /** ISO 8601, when it began. */
  readonly date: string;
  /** First of the seeds that inputs and weights come from. */
  readonly seed: number;
  readonly machine: Machine;
  readonly roofline: Roofline | null;
  readonly warnings: readonly string[];
  readonly rows: readonly Row[];
}

/** How a row stands to its target: the table's last column. */
export function verdict({ target, stretch, better, summary }: Row): 'stretch' | 'met' | 'missed' | '' {
  if (target === undefined) return '';
  const reaches = (wanted: number) =>
    better === 'lower' ? summary.median <= wanted : summary.median >= wanted;
  if (stretch !== undefined && reaches(stretch)) return 'stretch';
  return reaches(target) ? 'met' : 'missed';
}

/** Writes a run to `path`, or under the date in benchmarks/build/results. @returns the path */
export async function writeResult(result: BenchResult, path: string | undefined): Promise<string> {
  const stamp = result.date.replaceAll(/[-:]/g, '').replace(/\.\d+Z$/, 'Z');
  const target = path ?? join(buildFolder('results'), `${result.kind}-${stamp}.json`);
  await writeOutputFile(target, `${JSON.stringify(result, null, 2)}\n`, { force: true });
  return target;
}

function problemOfRow(row: unknown): string | null {
  if (!isRecord(row)) return 'is not an object';
  if (typeof row.name !== 'string') return 'has no name';
  if (row.better !== 'lower' && row.better !== 'higher') return `${row.name}: better must be lower or higher`;
  if (!isRecord(row.summary)) return `${row.name}: has no summary`;
  // JSON has null for NaN, which is how a run without samples reads.
  for (const field of ['median', 'min', 'p10', 'p90']) {
    const value = row.summary[field];
    if (typeof value !== 'number' && value !== null) return `${row.name}: summary.${field} must be a number`;
  }
  return null;
}

/** Reads a run. @throws Error naming the file and what is wrong with it */
export function parseResult(text: string, name: string): BenchResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name}: not JSON`, { cause });
  }
  if (!isRecord(value) || value.format !== 'tenas-bench-1') {
    throw new Error(`${name}: not a result of npm run bench (format must be tenas-bench-1)`);
  }
  if (!Array.isArray(value.rows)) throw new Error(`${name}: has no rows`);
  for (const [index, row] of value.rows.entries()) {
    const problem = problemOfRow(row);
    if (problem !== null) throw new Error(`${name}: rows[${index}] ${problem}`);
  }
  if (!isRecord(value.machine)) throw new Error(`${name}: has no machine`);
  return value as unknown as BenchResult;
}

/** {@link parseResult} of a file. */
export function readResult(path: string): BenchResult {
  return parseResult(readFileSync(path, 'utf8'), path);
}
