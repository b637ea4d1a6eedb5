import { GraphBuilder } from '@tenas/graph';
import { type EvaluateOptions, type NtkTask, nativeInfo, Program, type Repeat } from '@tenas/native';
import { describe, expect, it } from 'vitest';
import { nativeErrorCode } from './support/native-error-code.js';
import { normals } from './support/random-inputs.js';

/** A small network with two mixing slots. */
function smallGraph(channels = 4, size = 8) {
  const b = new GraphBuilder();
  let x = b.input([3, size, size]);
  x = b.batchNorm(b.conv2d(x, { name: 'stem.0', outChannels: channels, kernel: 3, padding: 1 }), {
    name: 'stem.1',
  });
  const y = b.batchNorm(b.conv2d(b.relu(x), { name: 'a.1', outChannels: channels, kernel: 3, padding: 1 }), {
    name: 'a.2',
  });
  x = b.mix([
    { input: x, slot: b.slot('skip') },
    { input: y, slot: b.slot('conv') },
  ]);
  return b.build(b.linear(b.globalAvgPool(b.relu(x)), { name: 'classifier', outFeatures: 10 }));
}

function options(program: Program, batchSize = 4): EvaluateOptions<readonly [NtkTask]> {
  return {
    tasks: [{ kind: 'ntk', mode: 'sample' }],
    batchSize,
    repeats: [
      {
        inputs: normals(program.inputValues * batchSize, 1),
        weights: { kind: 'seeded', seed: 7, repeat: 0, init: 'kaiming_fan_out' },
      },
    ],
    candidates: [Float64Array.of(0.5, 0.5)],
  };
}

describe('requests', () => {
  it('reports the machine', () => {
    const info = nativeInfo();
    expect(info.availableIsas).toContain(info.isa);
    expect(info.lanes).toBeGreaterThanOrEqual(4);
    const text = expect.any(String);
    expect(info.cuda).toEqual({ available: expect.any(Boolean), reason: text, device: text });
    expect(info.cuda.available).toBe(info.cuda.reason === '');
  });

  it('refuses wrong sizes and values by field', async () => {
    using program = Program.compile(smallGraph());
    const good = options(program);
    const repeat = good.repeats[0]!;
    const bad: [RegExp, Partial<EvaluateOptions>][] = [
      [/batchSize is 0/, { batchSize: 0 }],
      [/batchSize must be a 32-bit integer/, { batchSize: 1.5 }],
      [/threads is -1/, { threads: -1 }],
      [/repeats is empty/, { repeats: [] }],
      [/candidates is empty/, { candidates: [] }],
      [/candidates\[0\] must be a Float64Array of 2/, { candidates: [new Float64Array(1)] }],
      [/not a finite number/, { candidates: [Float64Array.of(Number.NaN, 1)] }],
      [/inputs has 5 values/, { repeats: [{ ...repeat, inputs: new Float32Array(5) }] }],
      [
        /weights has 1 values/,
        { repeats: [{ ...repeat, weights: { kind: 'explicit', data: new Float32Array(1) } }] },
      ],
      [
        /seed is -1/,
        { repeats: [{ ...repeat, weights: { kind: 'seeded', seed: -1, repeat: 0, init: 'pytorch' } }] },
      ],
      [
        /tasks has 65 entries; it must have 1 to 64/,
        { tasks: Array.from({ length: 65 }, () => ({ kind: 'codes' as const })) },
      ],
      [/tasks\[0\].batches is 0/, { tasks: [{ kind: 'regions', batches: 0 }] }],
      [
        /tasks\[0\].mode is 'x'; it must be one of batch, sample/,
        { tasks: [{ kind: 'ntk', mode: 'x' as 'batch' }] },
      ],
      [
        /tasks\[0\].kind is 'x'; it must be one of forward, ntk, regions/,
        { tasks: [{ kind: 'x' as 'codes' }] },
      ],
      [/device is 'x'; it must be one of auto, cpu, cuda/, { device: 'x' as 'cpu' }],
      [
        /init is 'x'; it must be one of kaiming_fan_in/,
        { repeats: [{ ...repeat, weights: { kind: 'seeded', seed: 1, repeat: 0, init: 'x' as 'pytorch' } }] },
      ],
      [
        /labels has 1 values; 4 are needed, one per sample/,
        { repeats: [{ ...repeat, labels: Int32Array.of(0) }] },
      ],
      [
        /tasks\[0\].temperature is 0.0+; it must be greater than 0/,
        { tasks: [{ kind: 'curvature', temperature: 0 }] },
      ],
      [/labels has 0 values; 4 are needed/, { tasks: [{ kind: 'curvature' }] }],
      [
        /repeats\[0\].labels\[2\] is 10; it must be 0 to 9/,
        { repeats: [{ ...repeat, labels: Int32Array.of(0, 9, 10, 1) }] },
      ],
    ];
    for (const [message, change] of bad) {
      const failed = program.evaluate({ ...good, ...change });
      await expect(failed).rejects.toThrow(message);
      expect(await nativeErrorCode(() => failed)).toBe('REQUEST_INVALID');
    }
    expect(await nativeErrorCode(() => program.evaluate({ ...good, isa: 'sse9' as 'avx2' }))).toBe(
      'ISA_UNAVAILABLE',
    );
  });

  it('has nothing to do without tasks', async () => {
    using program = Program.compile(smallGraph(4, 8));
    const seen: number[] = [];
    const { evaluations } = await program.evaluate({
      ...options(program, 2),
      tasks: [],
      onProgress: (done) => seen.push(done),
    });
    expect(evaluations).toEqual([[]]);
    expect(seen).toEqual([1]);
  });

  it('refuses a request that needs more memory than any machine has', async () => {
    const b = new GraphBuilder();
    const wide = b.pad2d(b.input([1, 1, 1]), { top: 2000, bottom: 2000, left: 2000, right: 2000 });
    using program = Program.compile(b.build(b.globalAvgPool(b.relu(wide))));
    const request = { ...options(program, 1 << 20), candidates: [new Float64Array(0)] };
    expect(await nativeErrorCode(() => program.evaluate(request))).toBe('OUT_OF_MEMORY');
  });

  it('stops soon after the signal and says so', async () => {
    using program = Program.compile(smallGraph(16, 32));
    const abort = new AbortController();
    const reason = new Error('enough');
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      abort.abort(reason);
    }, 100);
    const heavy = { ...options(program, 64), tasks: [{ kind: 'ntk', mode: 'batch' }] as const };
    const failure = await program
      .evaluate({
        ...heavy,
        candidates: Array.from({ length: 500 }, () => Float64Array.of(1, 1)),
        signal: abort.signal,
      })
      .catch((error: unknown) => error);
    const stopped = performance.now() - aborted;
    expect(failure).toMatchObject({ code: 'CANCELLED', cause: reason });
    // About 20 ms on an idle machine; the whole request takes minutes.
    expect(stopped).toBeLessThan(20_000);
    // Still usable afterwards.
    const { evaluations } = await program.evaluate(options(program));
    expect(evaluations).toHaveLength(1);
  });

  it('refuses to start with an aborted signal, and after dispose', async () => {
    const program = Program.compile(smallGraph());
    expect(
      await nativeErrorCode(() => program.evaluate({ ...options(program), signal: AbortSignal.abort() })),
    ).toBe('CANCELLED');
    const running = program.evaluate(options(program));
    program.dispose();
    expect((await running).evaluations).toHaveLength(1);
    expect(await nativeErrorCode(() => program.evaluate(options(program)))).toBe('DISPOSED');
  });

  it('counts progress up to the total and keeps the event loop free', async () => {
    using program = Program.compile(smallGraph(8, 32));
    const seen: number[] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const candidates = Array.from({ length: 60 }, () => Float64Array.of(1, 1));
    await program.evaluate({
      ...options(program, 32),
      candidates,
      onProgress: (done, total) => seen.push(done / total),
    });
    clearInterval(timer);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(ticks).toBeGreaterThan(0);
  });

  it('answers several tasks as each alone, in their order, and says what evaluated', async () => {
    using program = Program.compile(smallGraph());
    const one = { ...options(program), device: 'cpu' as const };
    const kernel = { kind: 'ntk', mode: 'sample' } as const;
    const logits = { kind: 'forward', statistics: 'running' } as const;
    for (const engine of ['fast', 'reference'] as const) {
      const together = await program.evaluate({ ...one, engine, tasks: [logits, kernel] });
      const [[first, second]] = together.evaluations as [(typeof together.evaluations)[0]];
      const alone = await program.evaluate({ ...one, engine, tasks: [kernel] });
      expect(second).toEqual(alone.evaluations[0]![0]);
      expect(first).toEqual((await program.evaluate({ ...one, engine, tasks: [logits] })).evaluations[0]![0]);
      expect(together).toMatchObject({ device: 'cpu', notes: [] });
    }
  });

  it('takes weights without their sign', async () => {
    using program = Program.compile(smallGraph());
    const seeded = { seed: 1, repeat: 0, init: 'kaiming_fan_out' } as const;
    const plain = program.seededWeights(seeded);
    const absolute = program.seededWeights({ ...seeded, absolute: true });
    expect(plain.some((value) => value < 0)).toBe(true);
    expect(absolute).toEqual(plain.map(Math.abs));
    const ask = async (weights: Repeat['weights']) =>
      (
        await program.evaluate({
          ...options(program),
          repeats: [{ inputs: options(program).repeats[0]!.inputs, weights }],
        })
      ).evaluations;
    expect(await ask({ kind: 'seeded', ...seeded, absolute: true })).toEqual(
      await ask({ kind: 'explicit', data: absolute }),
    );
  });

  it('gives NaN eigenvalues for a kernel that is not finite', async () => {
    using program = Program.compile(smallGraph());
    const data = program.seededWeights({ seed: 1, repeat: 0, init: 'pytorch' });
    data[0] = Number.NaN;
    const { evaluations } = await program.evaluate({
      ...options(program),
      repeats: [{ inputs: options(program).repeats[0]!.inputs, weights: { kind: 'explicit', data } }],
    });
    expect([...evaluations[0]![0].eigenvalues].every(Number.isNaN)).toBe(true);
  });
});

describe('seeded weights', () => {
  it('depend on seed, repeat and name only', () => {
    using small = Program.compile(smallGraph(4));
    using again = Program.compile(smallGraph(4, 16));
    const of = (p: Program, seed: number, repeat: number) => [
      ...p.seededWeights({ seed, repeat, init: 'kaiming_fan_out' }),
    ];
    expect(of(small, 1, 0)).toEqual(of(again, 1, 0));
    expect(of(small, 1, 0)).not.toEqual(of(small, 2, 0));
    expect(of(small, 1, 0)).not.toEqual(of(small, 1, 1));
  });

  it('have the variance of the scheme', () => {
    using program = Program.compile(smallGraph(64));
    const stem = 64 * 27;
    const conv = 64 * 64 * 9;
    const start = stem + 4 * 64;
    const variance = (init: 'kaiming_fan_in' | 'kaiming_fan_out' | 'pytorch') => {
      const values = program.seededWeights({ seed: 3, repeat: 0, init });
      let sum = 0;
      for (let i = start; i < start + conv; i++) sum += values[i]! ** 2;
      return sum / conv;
    };
    expect(variance('kaiming_fan_out') * 64 * 9).toBeCloseTo(2, 1);
    expect(variance('kaiming_fan_in') * 64 * 9).toBeCloseTo(2, 1);
    expect(variance('pytorch') * 64 * 9).toBeCloseTo(1 / 3, 1);
  });
});
