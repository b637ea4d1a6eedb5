import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Printed } from './built-command.js';
import { tenasServed } from './command-server.js';

/** Settings of scores that take a few milliseconds each. */
export const tiny = 'repeats: 1, ntk: {batchSize: 4}, regions: {batches: 1, batchSize: 40}';

/** Writes a spec. @returns its path */
export function writeSpec(folder: string, name: string, text: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** Runs a command to its end. */
type Run = (args: readonly string[], cwd: string) => Promise<Printed>;

/** Every job of a store, in order, without what depends on who evaluated it and when. */
export async function exported(out: string, cwd: string, run: Run = tenasServed): Promise<unknown[]> {
  const { code, out: lines, err } = await run(['batch', 'export', out, '--format', 'jsonl', '--all'], cwd);
  expect(err).toBe('');
  expect(code).toBe(0);
  return lines
    .trim()
    .split('\n')
    .map((line) =>
      JSON.parse(line, (name, value) =>
        ['seconds', 'metricSeconds', 'finishedAt', 'worker', 'startedAt', 'threads'].includes(name)
          ? undefined
          : value,
      ),
    );
}

/** The counts that `tenas batch status --json` gives. */
export async function jobCounts(
  out: string,
  cwd: string,
  run: Run = tenasServed,
): Promise<Record<string, number>> {
  const { code, out: text } = await run(['batch', 'status', out, '--json'], cwd);
  expect(code).toBe(0);
  return JSON.parse(text).jobs;
}
