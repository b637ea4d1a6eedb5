import { expect, it } from 'vitest';
import { SharedTime } from '../src/evaluator/shared-time.js';

it('charges work that is under way together equal parts of the time', () => {
  let now = 5000;
  const time = new SharedTime(() => now);
  const after = (seconds: number): void => {
    now += 1000 * seconds;
  };
  const first = time.begin();
  after(3);
  const second = time.begin();
  after(4);
  const third = time.begin();
  after(6);
  const seconds = [second()];
  after(1);
  seconds.push(first(), third());
  // Nothing is under way: nobody is charged.
  after(100);
  const last = time.begin();
  after(2);
  seconds.push(last());
  expect(seconds).toEqual([2 + 2, 3 + 2 + 2 + 0.5, 2 + 0.5, 2]);
  expect(last()).toBe(2);
  expect(seconds.reduce((sum, one) => sum + one, 0)).toBe(3 + 4 + 6 + 1 + 2);
});
