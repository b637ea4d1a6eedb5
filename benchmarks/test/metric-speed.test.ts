import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileSubject } from '@tenas/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { row } from '../src/bench-context.js';
import { givenRepeat, valueForPeer, writeRepeat } from '../src/metric-evaluation.js';
import { peerValue } from '../src/metric-speed.js';
import { metricSpeedCases, sharedPassCases } from '../src/metric-speed-cases.js';
import { speedCsv } from '../src/metric-speed-file.js';
import { speedTables } from '../src/metric-speed-tables.js';
import { askTraining, trainedValue, trainingSpeedCases } from '../src/metric-speed-training.js';
import { PeerProcess } from '../src/peer-process.js';
import { torchMissing } from './torch.js';

/** Both sides in double precision: eigenvalues near 0 and fixed float constants are all that differs. */
const TOLERANCE = 1e-6;

const cases = metricSpeedCases('small', { images: 8, side: 8 });

describe.skipIf(torchMissing())('metrics by the PyTorch peer (needs /usr/bin/python3 with torch)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenas-metrics-'));
  const file = join(folder, 'for-peer.safetensors');
  let peer: PeerProcess;
  let names: readonly string[] = [];

  beforeAll(async () => {
    peer = new PeerProcess(1);
    names = (await peer.ask({ op: 'metrics' })).names!;
  });
  afterAll(async () => {
    await peer[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it.for(cases.map((one) => [one.label, one] as const))(
    '%s is that of the reference engine',
    async ([label, one], { skip }) => {
      skip(!names.includes(one.metric.name), `the peer has no ${label}`);
      using program = compileSubject(one.subject);
      const repeat = givenRepeat(program, one.subject, 3);
      const ours = await valueForPeer(one, { program, repeat, file, engine: 'reference' });
      const theirs = await peerValue(one, { peer, file });
      expect(Math.abs(Number(ours) - theirs) / Math.abs(theirs)).toBeLessThan(TOLERANCE);
    },
  );

  it.each(trainingSpeedCases({ steps: 3, images: 8, side: 8 }).map((one) => [one.label, one] as const))(
    '%s is that of the reference engine',
    async (_, one) => {
      using program = compileSubject(one.subject);
      const repeat = givenRepeat(program, one.subject, 5);
      writeRepeat(file, one.subject, repeat, []);
      const ours = await trainedValue(one, program, repeat, 'reference');
      const { value } = await askTraining(one, { peer, file, double: true, threads: 1 });
      expect(Math.abs(ours - value) / value).toBeLessThan(TOLERANCE);
    },
  );

  it('are known to the peer by the names that they have here', () => {
    const own = [...cases, ...trainingSpeedCases()].map(({ metric }) => metric.name);
    expect(names.filter((name) => !own.includes(name))).toEqual([]);
  });
});

describe('metricSpeedCases', () => {
  it('has the full network too, with batches of 64 where a metric takes them', () => {
    const full = metricSpeedCases('full');
    const labels = full.map(({ label }) => label);
    expect(cases.map(({ label }) => label).filter((label) => !labels.includes(label))).toEqual([
      'ntk (batch)',
      'regions',
      'tegnas-mse',
    ]);
    const byLabel = new Map(full.map((one) => [one.label, one]));
    expect(byLabel.get('naswot')!.subject.batchSize).toBe(64);
    expect(byLabel.get('gradsign')!.subject.batches).toBe(64);
    expect(byLabel.get('meco')!.subject.batchSize).toBe(1);
  });
});

describe('sharedPassCases', () => {
  it('asks equal tasks once and keeps where each metric has its answers', () => {
    const gradients = ['snip', 'grad-norm', 'jacov'];
    const [pass, ...others] = sharedPassCases(cases.filter(({ label }) => gradients.includes(label)));
    expect(others).toEqual([]);
    expect(pass!.members.map(({ one, places }) => [one.label, places])).toEqual([
      ['snip', [0]],
      ['jacov', [1]],
      ['grad-norm', [0]],
    ]);
    expect(pass!.subject.tasks.length).toBe(2);
    expect(pass!.subject.classes).toBe(10);
  });
});

describe('the tables of the docs', () => {
  const time = (network: string, metric: string, threads: number, side: string, milliseconds: number) =>
    row({ name: 'x', title: 'x', unit: 'ms', settings: { network, metric, threads, side } }, [milliseconds]);
  const rows = [
    time('small', 'snip', 1, 'ours', 2),
    time('small', 'snip', 1, 'torch', 30),
    time('small', 'snip', 1, 'ratio', 15),
    time('small', 'plain', 1, 'ours', 4),
    time('small', 'plain', 1, 'torch', 20),
    time('small', 'snip+plain', 1, 'ours', 2.5),
    time('deep', 'plain', 1, 'ours', 9),
    time('full', 'plain', 1, 'ours', 80),
    time('space', 'snip+plain', 2, 'ours', 70),
    row({ name: 'y', title: 'y', unit: 'MiB' }, [5]),
  ];

  it('are made of the file of a run', () => {
    const text = speedCsv(rows);
    expect(text.split('\n').slice(0, 2)).toEqual([
      'network,metric,threads,side,median,unit',
      'small,snip,1,ours,2.000,ms',
    ]);
    const tables = speedTables(text, 'metrics.csv');
    expect(tables).toContain('| `snip` | 2.00 | 30.0 | 15.0 x |');
    expect(tables).toContain('| `plain` | 80.0 | - | - |');
    expect(tables).toContain('| C=3, N=1 | `snip`, `plain` | 2.50 | 6.00 | 50.0 | 20.0 x |');
    expect(tables).toContain('| `plain` | 9.00 | - | - |');
    expect(tables).toContain('| `plain` | 4.00 | 9.00 | 80.0 |');
    expect(tables).toContain('scored by snip, plain | 70.0 s |');
  });
});
