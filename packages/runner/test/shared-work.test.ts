import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SharedWork } from '../src/queue/shared-work.js';

/** Work that ends when it is told to. */
function held() {
  let begun = 0;
  let end: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((resolve, reject) => {
    [end, fail] = [resolve, reject];
  });
  const begin = () => {
    begun++;
    return promise;
  };
  return { begin, end, fail, count: () => begun };
}

it('runs once for a job that comes again while it runs, and again for one that comes later', async () => {
  const shared = new SharedWork<string>();
  const work = held();
  const both = [shared.of('job', 'a', work.begin), shared.of('job', 'a', work.begin)];
  await turn();
  expect(work.count()).toBe(1);
  work.end('done');
  expect(await Promise.all(both)).toEqual(['done', 'done']);
  expect(await shared.of('job', 'a', async () => 'anew')).toBe('anew');
});

it('runs apart for other jobs, and for other work under the same name', async () => {
  const shared = new SharedWork<string>();
  const [first, other, third] = [held(), held(), held()];
  const all = [
    shared.of('job', 'a', first.begin),
    shared.of('job', 'b', other.begin),
    shared.of('another', 'a', third.begin),
  ];
  for (const [place, work] of [first, other, third].entries()) {
    expect(work.count()).toBe(1);
    work.end(String(place));
  }
  expect(await Promise.all(all)).toEqual(['0', '1', '2']);
});

it('fails for all that wait, and is forgotten then', async () => {
  const shared = new SharedWork<string>();
  const work = held();
  const both = [shared.of('job', 'a', work.begin), shared.of('job', 'a', work.begin)];
  work.fail(new Error('lost'));
  expect(await Promise.allSettled(both)).toMatchObject([
    { status: 'rejected', reason: { message: 'lost' } },
    { status: 'rejected', reason: { message: 'lost' } },
  ]);
  expect(await shared.of('job', 'a', async () => 'anew')).toBe('anew');
});
