import { checkInteger } from '@tenas/base';

/**
 * Runs work for every item, at most `threads` at a time and in their order: for many small networks, each with a trainer
 * of one thread. After a failure nothing more is begun; what runs is awaited, and the first failure thrown.
 *
 * @returns the results, in the order of the items
 * @throws TenasError SETTING_INVALID for `threads` that is no whole number from 1
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  threads: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  checkInteger('threads', threads, 1);
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(threads, items.length) }, lane));
  const failure = lanes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  return results;
}
