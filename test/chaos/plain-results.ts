import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isRecord } from '@tenas/base';
import type { Tally } from './tally.js';

/** Fields that say when, where and how fast something was computed, not what. */
const CIRCUMSTANCES = new Set([
  'seconds',
  'metricSeconds',
  'finishedAt',
  'startedAt',
  'worker',
  'threads',
  'imagesPerSecond',
  'time',
  'peakMemory',
]);

/** JSON without the circumstances, fields in the order of their names. */
export function withoutCircumstances(text: string): string {
  return JSON.stringify(
    JSON.parse(text, (name, value: unknown) => {
      if (CIRCUMSTANCES.has(name)) return undefined;
      return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(byName)) : value;
    }),
  );
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** Contents of a folder's files by their paths: of JSON without circumstances, of others a hash. */
export function plainFiles(folder: string, isMeant: (path: string) => boolean): Map<string, string> {
  const files = new Map<string, string>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name));
    if (!entry.isFile() || !isMeant(path)) continue;
    const content = readFileSync(join(folder, path));
    files.set(
      path,
      path.endsWith('.json')
        ? withoutCircumstances(content.toString('utf8'))
        : createHash('sha256').update(content).digest('hex'),
    );
  }
  return files;
}

/** The first place at which two texts differ, for people. */
function firstDifference(expected: string, found: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === found[at]) at++;
  const from = Math.max(0, at - 40);
  const part = (text: string) => JSON.stringify(text.slice(from, at + 60));
  return `expected ${part(expected)}, found ${part(found)}`;
}

/** Compares contents by name: what is absent is lost, what is too much or not the same is different. */
export function compareByName(
  tally: Tally,
  what: string,
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): void {
  for (const [name, content] of expected) {
    const other = found.get(name);
    if (other === undefined) tally.add('lost', `${what}: ${name}`);
    else if (other !== content)
      tally.add('different', `${what}: ${name}: ${firstDifference(content, other)}`);
  }
  for (const name of found.keys())
    if (!expected.has(name)) tally.add('different', `${what}: ${name} should not be there`);
}
