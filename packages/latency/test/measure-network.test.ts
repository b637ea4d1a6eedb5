import { loadWarning } from '@tenas/base';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { measureGraph, startPeakMemory } from '../src/index.js';

const space = getSpace('nas-bench-201');
const images = { classes: 10, height: 32, width: 32 };
const size = { ...space.sizes.final(images), N: 1 };
const graphOf = (op: string) =>
  space.network(space.parse(`|${op}~0|+|${op}~0|${op}~1|+|${op}~0|${op}~1|${op}~2|`), size);

describe('measureGraph', () => {
  const short = { maxRuns: 30, maxSeconds: 2, warmUpSeconds: 0.05 };

  it('measures a network: many convolutions take longer than skip connections', async () => {
    const fast = await measureGraph(graphOf('skip_connect'), short);
    const slow = await measureGraph(graphOf('nor_conv_3x3'), short);
    expect(slow.runs).toBeGreaterThanOrEqual(20);
    expect(slow.p10).toBeLessThanOrEqual(slow.median);
    expect(slow.median).toBeLessThanOrEqual(slow.p90);
    expect(slow.runtimeVersion).toMatch(/^\d+\.\d+/);
    expect(slow.median).toBeGreaterThan(1.5 * fast.median);
  });

  it('runs batches', async () => {
    const one = await measureGraph(graphOf('nor_conv_3x3'), short);
    const eight = await measureGraph(graphOf('nor_conv_3x3'), { ...short, batch: 8 });
    expect(eight.median).toBeGreaterThan(3 * one.median);
  });

  it('names the providers that there are', async () => {
    await expect(measureGraph(graphOf('none'), { provider: 'abacus' })).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringMatching(/no "abacus" here; it has .*cpu/),
    });
  });
});

describe('startPeakMemory', () => {
  it('sees memory that is gone again', () => {
    const memory = startPeakMemory();
    // Systems that do not tell are allowed.
    if (memory === null) return;
    const before = memory.growth();
    let bytes: Buffer | null = Buffer.alloc(64 << 20, 1);
    expect(bytes[bytes.length - 1]).toBe(1);
    bytes = null;
    expect(memory.growth() - before).toBeGreaterThan(50 << 20);
  });
});

it('warns of a busy machine', () => {
  expect(loadWarning(0.4, 2)).toBeNull();
  expect(loadWarning(1.5, 2)).toContain('the load average is 1.50 on 2 cores');
});
