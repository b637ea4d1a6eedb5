import { isDeepStrictEqual } from 'node:util';
import { readSettings } from '@tenas/base/settings';
import { syntheticImages } from '@tenas/data';
import { chooseMetrics } from '@tenas/metrics';
import { smallSpace } from '@tenas/metrics/contract';
import { readSearchRecord, type SearchRecord } from '@tenas/records';
import { completeSettings } from '../complete-settings.js';
import type { SearchEvent } from '../events.js';
import { SearchInterrupted } from '../search-stopped.js';
import type { Strategy } from '../strategy.js';
import { ensure, type StrategyCheck } from './check.js';
import { TRIAL_METRICS, type TrialOptions, tried, withoutTimes } from './trial.js';

/** Numbers of threads on which a search has to come out the same, down to the last bit. */
const THREADS = [1, 2, 5, 64];

/** Shares of all copies before the ones that a search is tried to go on from. */
const COPIES_TRIED = [0, 0.5, 0.9];

/** Checks runs of a strategy on the engine. */
export function runChecks(strategy: Strategy, options: TrialOptions): StrategyCheck[] {
  const check = (name: string, run: () => Promise<void>): StrategyCheck => ({ name, quick: false, run });
  let once: Promise<SearchRecord> | undefined;
  /** The search that others are compared with, made once. */
  const undisturbed = async () => {
    once ??= tried(strategy, options);
    return await once;
  };
  return [
    check('finds an architecture of the space, and leaves a valid record', async () => {
      const events: SearchEvent[] = [];
      const record = await tried(strategy, options, { onProgress: (event) => events.push(event) });
      const space = options.space ?? smallSpace({ supernet: true });
      const text = space.format(space.parse(record.architecture));
      ensure(text === record.architecture, `${record.architecture} is no architecture of ${space.name}`);
      ensureValid(record);
      ensure(
        record.steps.length > 0,
        'the record must have steps: do the work inside ask.step',
        record.steps,
      );
      const shares = events.flatMap((event) => ('share' in event ? [event.share] : []));
      ensure(
        shares.every((share, place) => share >= (shares[place - 1] ?? 0) && share <= 1),
        `the share that is done must grow from 0 to 1, got ${shares.join(', ')}; plan the steps that are taken`,
        shares,
      );
    }),
    check('finds the same with the same seed, and searches otherwise with another', async () => {
      const one = await undisturbed();
      const again = await tried(strategy, options);
      ensureSame(withoutTimes(one), withoutTimes(again), 'two searches with one seed');
      const other = await tried(strategy, options, { seed: 2 });
      ensure(
        !isDeepStrictEqual(withoutTimes({ ...other, seed: one.seed }), withoutTimes(one)),
        'two seeds must make two searches',
      );
    }),
    check('finds the same by the settings that it completes, which batches keep', async () => {
      const { space = smallSpace({ supernet: true }), source = syntheticImages() } = options;
      const given = readSettings('settings', strategy.settings, options.settings);
      const metrics = chooseMetrics(options.metrics ?? TRIAL_METRICS);
      const completed = completeSettings(strategy, given, { space, source, metrics }).settings;
      const settings = { ...given, ...completed };
      const one = withoutTimes(await undisturbed());
      const again = withoutTimes(await tried(strategy, { ...options, settings }));
      ensureSame(one, again, 'searches by settings as given and as completed');
    }),
    check(`finds the same on ${THREADS.join(', ')} threads`, async () => {
      const [first, ...others] = THREADS;
      const one = withoutTimes(await tried(strategy, options, { threads: first }));
      for (const threads of others) {
        const other = withoutTimes(await tried(strategy, options, { threads }));
        ensureSame(one, other, `searches on ${first} and on ${threads} threads`);
      }
    }),
    check('stops within a second, with a valid record', async () => {
      for (const kind of ['step-start', 'progress', 'step-end'] as const) {
        const { record, milliseconds } = await stopped(strategy, options, kind);
        if (record === null) continue;
        ensure(milliseconds < 1000, `stopped ${milliseconds} ms after it was asked to`, milliseconds);
        ensure(record.status === 'interrupted', 'the record of a stopped search must say so', record.status);
        ensureValid(record);
      }
    }),
    check('goes on from the record of a stopped search, to the same end', async () => {
      const { record } = await stopped(strategy, options, 'step-end');
      ensure(record !== null, 'a search must have at least two steps to be tried with');
      const whole = await undisturbed();
      const resumed = await tried(strategy, options, { before: record });
      ensureSame(withoutSteps(whole), withoutSteps(resumed), 'a whole search and one in two parts');
    }),
    check('goes on from any copy of its record, as of a killed search, to the same end', async () => {
      const copies: unknown[] = [];
      const take = async (record: SearchRecord) => void copies.push(JSON.parse(JSON.stringify(record)));
      const whole = await tried(strategy, options, { copies: { seconds: 0, take } });
      const some = COPIES_TRIED.flatMap((share) =>
        copies.slice(Math.floor(share * copies.length)).slice(0, 1),
      );
      for (const copy of new Set(some)) {
        const record = readSearchRecord(copy);
        ensure(
          record.status === 'interrupted',
          'a copy must say that the search has not ended',
          record.status,
        );
        const resumed = await tried(strategy, options, { before: record });
        ensureSame(withoutSteps(whole), withoutSteps(resumed), 'a whole search and one from a copy');
      }
    }),
  ];
}

/** Searches until an event of a kind, then stops; the record is null if the search was over by then. */
async function stopped(
  strategy: Strategy,
  options: TrialOptions,
  kind: SearchEvent['kind'],
): Promise<{ readonly record: SearchRecord | null; readonly milliseconds: number }> {
  const stop = new AbortController();
  let asked = 0;
  try {
    await tried(strategy, options, {
      signal: stop.signal,
      onProgress(event) {
        if (event.kind !== kind || stop.signal.aborted) return;
        asked = performance.now();
        stop.abort(new Error('stopped by the contract'));
      },
    });
    return { record: null, milliseconds: 0 };
  } catch (error) {
    if (!(error instanceof SearchInterrupted)) throw error;
    return { record: error.record, milliseconds: performance.now() - asked };
  }
}

/** Steps that were done twice took other times, and hold what was evaluated in them. */
function withoutSteps(record: SearchRecord): unknown {
  return withoutTimes({ ...record, steps: [] });
}

function ensureValid(record: SearchRecord): void {
  const kept: unknown = JSON.parse(JSON.stringify(record));
  ensure(
    isDeepStrictEqual(readSearchRecord(kept), kept),
    'the record, detail included, must be plain data that JSON keeps',
    kept,
  );
}

function ensureSame(one: unknown, other: unknown, what: string): void {
  ensure(
    isDeepStrictEqual(one, other),
    `${what} must be the same but for times: take all random numbers from ask.random`,
  );
}
