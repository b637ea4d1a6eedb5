import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fuzz, problemOf } from './fuzz/fuzz.js';
import { FuzzProcess } from './fuzz/fuzz-process.js';

/** Inputs of each target; `npm run fuzz -- --count N` tries more. */
const COUNT = 60;
const CORPUS = 'test/fuzz/corpus';

/** One for all targets until an input fails: a start takes longer than the inputs. */
let child = new FuzzProcess();
const targets = await child.targets();
afterAll(() => child.end());

it('has a target for every kind of input', () => {
  expect(targets.length).toBeGreaterThanOrEqual(24);
  expect(new Set(targets).size).toBe(targets.length);
});

it.each(targets)('%s: damaged inputs are read or refused with a code', async (target) => {
  const { tried, failures, outcomes } = await fuzz({
    ...{ target, seed: 1, first: 0, count: COUNT },
    child,
  });
  if (failures.length > 0) child = new FuzzProcess();
  expect(failures.map(({ number, problem }) => `${number}: ${problem}`)).toEqual([]);
  expect(tried).toBe(COUNT);
  // Inputs that all end alike would try nothing.
  expect(Object.keys(outcomes).length).toBeGreaterThan(1);
});

const kept = existsSync(CORPUS)
  ? readdirSync(CORPUS).flatMap((target) =>
      readdirSync(join(CORPUS, target)).map((name) => [target, name] as const),
    )
  : [];

it.each(kept)('%s: what failed once does not any more (%s)', async (target, name) => {
  expect(targets).toContain(target);
  expect(await problemOf(child, target, readFileSync(join(CORPUS, target, name)))).toBeUndefined();
});
