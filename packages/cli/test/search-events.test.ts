import { searchEventSchema } from '@tenas/records';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const argv = ['search', '--strategy', 'random', '--metrics', 'params', '--device', 'cpu'];
const small = ['--set', 'samples=20', '--out', folder];

it('tenas search --events jsonl writes every event of the search as a JSON line', async () => {
  const { code, out, err } = await tenas([...argv, ...small, '--events', 'jsonl', '--json']);
  expect(code, err).toBe(0);
  const events = err
    .trimEnd()
    .split('\n')
    .map((line) => searchEventSchema.parse(JSON.parse(line)));
  expect(events[0]).toMatchObject({ kind: 'start', strategy: 'random', space: 'nas-bench-201', seed: 0 });
  const kinds = new Set(events.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['start', 'step-start', 'progress', 'step-end', 'finish']));
  const { architecture, steps } = JSON.parse(out);
  expect(events.at(-1)).toMatchObject({ kind: 'finish', architecture });
  const ended = events.filter((event) => event.kind === 'step-end').map(({ record }) => record);
  expect(ended).toEqual(steps);
  const shares = events.flatMap((event) => ('share' in event ? [event.share] : []));
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

it('refuses other formats', async () => {
  const { code, err } = await tenas([...argv, '--events', 'xml']);
  expect(code).toBe(2);
  expect(err).toBe('error: --events: got "xml"; give one of jsonl\n');
});
