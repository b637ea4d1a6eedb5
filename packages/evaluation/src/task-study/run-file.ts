import { appendFile } from 'node:fs/promises';
import { errnoOf, isRecord, parseJson, readInputText, TenasError } from '@tenas/base';
import type { RunStore, TaskRun } from './run-study.js';

/** A line holds one training: a key, a few numbers. */
const LINE_LIMITS = { length: 1 << 16, depth: 4, containers: 100, keys: 100 } as const;

/**
 * Keeps trainings in a file, a line of JSON each. Lines that cannot be read, such as one that was cut off where the process
 * ended, are left out: those trainings run again.
 *
 * @throws errors of the file system
 */
export async function openRunFile(path: string): Promise<RunStore> {
  const text = await readInputText(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  });
  const runs = new Map(text.split('\n').flatMap((line) => readLine(line) ?? []));
  // A line that was cut off has no end: the next one begins a new line.
  let start = text === '' || text.endsWith('\n') ? '' : '\n';
  return {
    get: (key) => runs.get(key),
    async put(key, run) {
      const line = `${start}${JSON.stringify({ key, ...run })}\n`;
      start = '';
      runs.set(key, run);
      await appendFile(path, line);
    },
  };
}

function parsed(line: string): unknown {
  try {
    return parseJson(line, LINE_LIMITS);
  } catch (error) {
    if (error instanceof TenasError) return null;
    throw error;
  }
}

function readLine(line: string): [readonly [string, TaskRun]] | null {
  const found = parsed(line);
  if (!isRecord(found)) return null;
  const { key, accuracies, losses, diverged, seconds } = found;
  if (typeof key !== 'string' || typeof seconds !== 'number' || typeof diverged !== 'boolean') return null;
  if (!isNumbers(accuracies) || !isNumbers(losses)) return null;
  return [[key, { accuracies, losses, diverged, seconds }]];
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number');
}
