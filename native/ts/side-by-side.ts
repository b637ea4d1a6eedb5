import { checkInteger } from '@tenas/base';

/**
 * Runs work for every item, at most `threads` at a time and in their order: for many networks, each with its share of
 * the threads. After a failure nothing more is begun; what runs is awaited, and the first failure thrown.
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
  const failures: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
