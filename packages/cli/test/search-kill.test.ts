import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { requireBuild, start, tenasBuilt } from './support/built-command.js';

const folder = temporaryFolder();

beforeAll(requireBuild);

/** Searches of a few seconds, in several steps. */
const SEARCHES = {
  prune: ['--protocol', 'paper', '--repeats', '1', '--ntk-batch', '8', '--region-batches', '1'],
  evolution: [
    ...['--strategy', 'evolution', '--set', 'population=5', '--set', 'cycles=40', '--set', 'batch=5'],
    ...['--metrics', 'early-accuracy', '--set', 'early-accuracy.epochs=1', '--image-size', '16'],
  ],
  gdas: [
    ...['--strategy', 'gdas', '--set', 'channels=2', '--set', 'images=1000', '--set', 'epochs=16'],
    ...['--set', 'warmup=2', '--set', 'batchSize=30', '--set', 'draws=1', '--image-size', '16'],
    ...['--set', 'finalists=8', '--set', 'finetune=30'],
  ],
};

/** So often that a search has left a copy long before it ends, however fast the machine is. */
const OFTEN = ['--save-every', '0.1'];

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
      const whole = await tenasBuilt([...search, ...OFTEN, '--out', `${name}-whole`], folder);
      expect(whole.err).not.toContain('error');
      expect(whole.code).toBe(0);
      // Copies are gone when there is a record.
      expect(readdirSync(join(folder, `${name}-whole`))).toHaveLength(1);
      const random = new RandomStream('kills of searches', name);
      let from: string[] = [];
      let kills = 0;
      for (let attempt = 0; attempt < 10 && kills < 3; attempt++) {
        const out = `${name}-${attempt}`;
        const { child, ended } = start([...search, ...OFTEN, '--out', out, ...from], folder);
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
    // A search without end: it must not end before its Ctrl-C, however fast the machine is.
    const long = ['--strategy', 'evolution', '--set', 'population=10', '--set', 'cycles=1000000'];
    const search = ['search', ...long, '--metrics', 'naswot', '--dataset', 'synthetic', '--threads', '1'];
    const begin = (seconds: string) =>
      start([...search, '--save-every', seconds, '--out', `stopped-${seconds}`], folder);
    const without = begin('0');
    await without.says('done after');
    const copying = begin('1');
    await copying.says('done after');
    // The search without copies has worked for longer than it takes to write one.
    while (copying.child.exitCode === null && copiesIn('stopped-1').length === 0) await wait(20);
    expect(copiesIn('stopped-1')).toHaveLength(1);
    expect(copiesIn('stopped-0')).toEqual([]);
    for (const [out, { child, ended }] of Object.entries({ 'stopped-0': without, 'stopped-1': copying })) {
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
