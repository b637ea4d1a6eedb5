import { mean, TenasError } from '@tenas/base';
import type { PickleValue } from '@tenas/data';
import { type BenchmarkRow, columnName } from './rows.js';

type PickledMap = ReadonlyMap<string | number, PickleValue>;

/** Sets of accuracies: the dataset that was trained on and the set that was asked, and their column. */
const SETS: readonly (readonly [trained: string, asked: string, column: string])[] = [
  ['cifar10-valid', 'x-valid', 'cifar10_valid'],
  ['cifar10', 'ori-test', 'cifar10_test'],
  ['cifar100', 'x-valid', 'cifar100_valid'],
  ['cifar100', 'x-test', 'cifar100_test'],
  ['ImageNet16-120', 'x-valid', 'imagenet16_120_valid'],
  ['ImageNet16-120', 'x-test', 'imagenet16_120_test'],
];

/** NAS-Bench-201's names of its two schedules, in epochs. */
const SCHEDULES: Readonly<Record<string, string>> = { full: '200', less: '12' };

/** The results of an architecture in NATS-Bench and NAS-Bench-201: those of each schedule. */
export const WANTED =
  "a dict of schedules ('12', '200'; '01', '12', '90'), each a dict with 'arch_str' and 'all_results' by dataset and seed";

function isMap(value: PickleValue | undefined): value is Map<string | number, PickleValue> {
  return value instanceof Map;
}

/** Whether a value holds the results of one architecture. */
export function isNatsArchitecture(
  value: PickleValue | undefined,
): value is Map<string | number, PickleValue> {
  return (
    isMap(value) && value.size > 0 && [...value.values()].every((one) => isMap(one) && one.has('all_results'))
  );
}

/**
 * The accuracies of an architecture after the last epoch of each schedule, means over the seeds, as the benchmark's API
 * gives them where it averages: `cifar10_test200` and so on.
 * @throws TenasError `BENCHMARK_INVALID`
 */
export function natsRow(value: PickledMap, place: string): BenchmarkRow {
  const values = new Map<string, number>();
  let name: string | undefined;
  for (const [schedule, state] of value) {
    if (!isMap(state)) throw invalid(place, 'a schedule is no dict');
    const text = state.get('arch_str');
    if (typeof text !== 'string') throw invalid(place, "'arch_str' is missing");
    name ??= text;
    const results = state.get('all_results');
    if (!isMap(results)) throw invalid(place, "'all_results' is no dict");
    const epochs = SCHEDULES[schedule] ?? String(schedule);
    for (const [trained, asked, column] of SETS) {
      const accuracies = accuraciesOf(results, { trained, asked, place });
      if (accuracies.length > 0) values.set(columnName(`${column}${epochs}`), mean(accuracies));
    }
  }
  return { name: name!, place, values };
}

/** One accuracy for each seed. */
function accuraciesOf(
  results: PickledMap,
  { trained, asked, place }: { readonly trained: string; readonly asked: string; readonly place: string },
): number[] {
  const accuracies: number[] = [];
  for (const [key, result] of results) {
    // The key is the pair (dataset, seed).
    if (String(key).replace(/,[^,]*$/, '') !== trained) continue;
    const epochs = isMap(result) ? result.get('epochs') : undefined;
    const all = isMap(result) ? result.get('eval_acc1es') : undefined;
    if (!isMap(all) || typeof epochs !== 'number') {
      throw invalid(place, `the result of ${key} lacks 'epochs' or 'eval_acc1es'`);
    }
    const accuracy = all.get(`${asked}@${epochs - 1}`);
    if (typeof accuracy === 'number' && Number.isFinite(accuracy)) accuracies.push(accuracy);
  }
  return accuracies;
}

function invalid(place: string, problem: string): TenasError {
  return new TenasError('BENCHMARK_INVALID', `${place}: ${problem}; expected ${WANTED}`, {
    field: 'source',
    value: place,
  });
}
