import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { requireBuild, start, tenasBuilt } from './support/built-command.js';

const folder = temporaryFolder();

beforeAll(requireBuild);

/** Searches of some seconds, in several steps. */
const SEARCHES = {
  prune: ['--protocol', 'paper', '--repeats', '1', '--ntk-batch', '16', '--region-batches', '1'],
  evolution: [
    ...['--strategy', 'evolution', '--set', 'population=10', '--set', 'cycles=40', '--set', 'batch=5'],
    ...['--metrics', 'early-accuracy', '--set', 'early-accuracy.epochs=1'],
  ],
  gdas: [
    ...['--strategy', 'gdas', '--set', 'channels=2', '--set', 'images=2000', '--set', 'epochs=8'],
    ...['--set', 'warmup=2', '--set', 'batchSize=30', '--set', 'draws=1'],
    ...['--set', 'finalists=16', '--set', 'finetune=100'],
  ],
};

/** Copies of records in a folder, which may not be there yet. */
function copiesIn(out: string): string[] {
  if (!existsSync(join(folder, out))) return [];
  return readdirSync(join(folder, out))
    .filter((name) => name.endsWith('.partial.json'))
    .map((name) => join(out, name));
}

/** The record in a folder without times, and without steps, which hold what was evaluated in this run. */
function recordIn(out: string): unknown {
  const names = readdirSync(join(folder, out)).filter((name) => /seed3\.json$/.test(name));
  expect(names).toHaveLength(1);
  const record = JSON.parse(readFileSync(join(folder, out, names[0]!), 'utf8'));
  const { steps: _, startedAt: __, ...rest } = record;
  const times = new Set(['seconds', 'metricSeconds']);
  return JSON.parse(JSON.stringify(rest, (field, value) => (times.has(field) ? undefined : value)));
}

describe('a search that is killed', () => {
  it.each(Object.entries(SEARCHES))(
    'goes on from the copy of its record: %s',
    { timeout: 600_000 },
    async (name, flags) => {
      const search = ['search', ...flags, '--dataset', 'synthetic', '--seed', '3', '--threads', '1'];
      const whole = await tenasBuilt([...search, '--save-every', '1', '--out', `${name}-whole`], folder);
      expect(whole.err).not.toContain('error');
      expect(whole.code).toBe(0);
      // Copies are gone when there is a record.
      expect(readdirSync(join(folder, `${name}-whole`))).toHaveLength(1);
      const random = new RandomStream('kills of searches', name);
      let from: string[] = [];
      let kills = 0;
      for (let attempt = 0; attempt < 10 && kills < 3; attempt++) {
        const out = `${name}-${attempt}`;
        const { child, ended } = start([...search, '--save-every', '1', '--out', out, ...from], folder);
        // At any moment after the first copy.
        while (child.exitCode === null && copiesIn(out).length === 0) await wait(20);
        await wait(random.unit() * 0.3 * whole.elapsed);
        child.kill('SIGKILL');
        const { err } = await ended;
        expect(err).not.toContain('error');
        const copies = copiesIn(out);
        if (copies.length === 0) continue;
        expect(copies).toHaveLength(1);
        from = ['--resume', ...copies];
        kills += 1;
      }
      expect(kills).toBeGreaterThan(0);
      const last = await tenasBuilt([...search, '--out', `${name}-end`, ...from], folder);
      expect(last.err).not.toContain('error');
      expect(last.code).toBe(0);
      expect(recordIn(`${name}-end`)).toEqual(recordIn(`${name}-whole`));
    },
  );

  it('leaves one file after Ctrl-C, and none of its own with --save-every 0', {
    timeout: 600_000,
  }, async () => {
    // A search of half a minute or more: it must not end before its Ctrl-C, however fast the machine is.
    const long = ['--protocol', 'paper', '--repeats', '12', '--ntk-batch', '16', '--region-batches', '1'];
    const search = ['search', ...long, '--dataset', 'synthetic', '--seed', '3', '--threads', '1'];
    for (const seconds of ['1', '0']) {
      const out = `stopped-${seconds}`;
      const { child, ended, says } = start([...search, '--save-every', seconds, '--out', out], folder);
      await says('done after');
      if (seconds === '1') {
        while (child.exitCode === null && copiesIn(out).length === 0) await wait(20);
        expect(copiesIn(out)).toHaveLength(1);
      } else {
        // Longer than it takes to write a copy.
        await wait(2500);
        expect(copiesIn(out)).toEqual([]);
      }
      expect(child.exitCode).toBeNull();
      child.kill('SIGINT');
      const { code, err } = await ended;
      expect(code).toBe(130);
      const [copy, ...others] = copiesIn(out);
      expect(others).toEqual([]);
      expect(err).toContain(`what was measured is in ${copy}; --resume goes on from there`);
    }
  });
});
