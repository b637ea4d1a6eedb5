import { searchEventSchema } from '@tenas/records';
import { describe, expect, it } from 'vitest';
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

describe.each([
  [
    'evolution',
    [
      '--metrics',
      'naswot',
      '--set',
      'cycles=12',
      '--set',
      'population=6',
      '--set',
      'batch=4',
      '--set',
      'sample=3',
    ],
  ],
  ['nsga2', ['--objectives', 'naswot,params', '--set', 'evaluations=16', '--set', 'population=4']],
] as const)('of %s', (strategy, settings) => {
  it('has events of every step, in order, and ends as the record does', async () => {
    const out = temporaryFolder();
    const args = ['search', '--strategy', strategy, ...settings, '--out', out, '--events', 'jsonl', '--json'];
    const { code, out: text, err } = await tenas(args);
    expect(code, err).toBe(0);
    const lines = err.trimEnd().split('\n');
    const events = lines.map((line) => searchEventSchema.parse(JSON.parse(line)));
    const record = JSON.parse(text);
    expect(events[0]).toMatchObject({ kind: 'start', strategy, steps: record.steps.length });
    expect(events.at(-1)).toMatchObject({ kind: 'finish', architecture: record.architecture });
    const started = events.flatMap((event) => (event.kind === 'step-start' ? [event.step] : []));
    expect(started).toEqual(record.steps.map((_: unknown, step: number) => step));
    expect(record.steps.length).toBeGreaterThan(1);
    const ended = events.flatMap((event) => (event.kind === 'step-end' ? [event] : []));
    expect(ended.map((event) => event.record)).toEqual(record.steps);
    for (const { best, values, done, total } of ended) {
      expect(done).toBe(total);
      expect(best).toEqual(expect.any(String));
      expect(Object.keys(values ?? {})).toContain('naswot');
    }
    const shares = events.flatMap((event) => ('share' in event ? [event.share] : []));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });
});

it('refuses other formats', async () => {
  const { code, err } = await tenas([...argv, '--events', 'xml']);
  expect(code).toBe(2);
  expect(err).toBe('error: --events: got "xml"; give one of jsonl\n');
});
