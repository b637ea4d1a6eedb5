import type { EvaluateResult } from '@tenas/native';
import { describe, expect, it } from 'vitest';
import { drawsOf, evaluateMetric, type Metric } from '../src/index.js';
import { FakeEngine, fakeSource } from './fake-engine.js';

/** What the contract has to know of a metric. */
export interface ContractCase<S extends object, M> {
  readonly metric: Metric<S, M>;
  /** Small settings that are not the defaults. */
  readonly settings: Partial<S>;
  /** Number of input values under those. */
  readonly inputValues: number;
  /** Settings that must be refused, by the field that is wrong. */
  readonly wrong: Readonly<Record<string, unknown>>;
  /** An answer of the engine whose evaluations get better one by one, the first having no value if that can be. */
  readonly improving: EvaluateResult;
  readonly firstHasNoValue: boolean;
}

/** The contract of every metric. */
export function describeMetric<S extends object, M>(contract: ContractCase<S, M>): void {
  const { metric } = contract;
  const settings = metric.settings(contract.settings);
  const draw = { seed: 5, batch: 2, weights: 3 };

  describe(`metric ${metric.name}`, () => {
    it('says what it is', () => {
      expect(metric.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(metric.title).not.toBe('');
      expect(['ntk', 'regions']).toContain(metric.network);
    });

    it('fills in defaults and takes them as they are', () => {
      expect(metric.settings()).toEqual(metric.defaults);
      expect(metric.settings(metric.defaults)).toEqual(metric.defaults);
      expect(settings).toEqual({ ...metric.defaults, ...contract.settings });
    });

    it('treats undefined as not given', () => {
      const none = Object.fromEntries(Object.keys(metric.defaults).map((field) => [field, undefined]));
      expect(metric.settings(none as { [K in keyof S]?: undefined })).toEqual(metric.defaults);
    });

    it.each(Object.entries(contract.wrong))('refuses a wrong %s by name', (field, value) => {
      expect(() => metric.settings({ [field]: value } as unknown as Partial<S>)).toThrowError(
        expect.objectContaining({ code: 'SETTING_INVALID', field, value }),
      );
    });

    it('refuses settings that it does not know', () => {
      expect(() => metric.settings({ colour: 'red' } as unknown as Partial<S>)).toThrowError(
        expect.objectContaining({ code: 'SETTING_INVALID', field: 'colour' }),
      );
    });

    it('makes inputs that depend on the draw of the batch alone', async () => {
      const source = fakeSource();
      const inputs = await metric.inputs(source, draw, settings);
      expect(inputs).toHaveLength(contract.inputValues);
      expect(inputs.every(Number.isFinite)).toBe(true);
      expect(await metric.inputs(source, { ...draw, weights: 9 }, settings)).toEqual(inputs);
      expect(await metric.inputs(source, { ...draw, batch: 9 }, settings)).not.toEqual(inputs);
      expect(await metric.inputs(source, { ...draw, seed: 9 }, settings)).not.toEqual(inputs);
    });

    it('asks the engine once, for all candidates and repeats', async () => {
      const engine = new FakeEngine();
      const candidates = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
      const progress: number[] = [];
      const { measurements, seconds } = await evaluateMetric(metric, {
        program: engine,
        source: fakeSource(),
        candidates,
        draws: drawsOf(11, 3),
        settings: contract.settings,
        threads: 2,
        onProgress: (done) => progress.push(done),
      });
      expect(measurements.map((repeats) => repeats.length)).toEqual([3, 3]);
      expect(measurements.flat()).toEqual(
        metric.measure(await new FakeEngine().evaluate({ ...engine.asked[0]!, onProgress: () => undefined })),
      );
      expect(seconds).toBeGreaterThan(0);
      expect(progress).toEqual([6]);
      expect(engine.asked).toHaveLength(1);
      const [asked] = engine.asked;
      expect(asked).toMatchObject({ ...metric.request(settings), candidates, threads: 2 });
      expect(asked!.repeats.map(({ weights }) => weights)).toEqual(
        [0, 1, 2].map((repeat) => ({
          kind: 'seeded',
          seed: 11,
          repeat,
          init: metric.initialisation(settings),
        })),
      );
    });

    it('refuses the answer to another question', async () => {
      const asking = evaluateMetric(metric, {
        program: new FakeEngine({ confused: true }),
        source: fakeSource(),
        candidates: [new Float64Array(0)],
        draws: drawsOf(0, 1),
        settings: contract.settings,
      });
      await expect(asking).rejects.toThrowError(/engine answered/);
    });

    it('stops at once when aborted while data is read', async () => {
      const stop = new AbortController();
      const asking = evaluateMetric(metric, {
        program: new FakeEngine(),
        source: fakeSource({ slow: true }),
        candidates: [new Float64Array(0)],
        draws: drawsOf(0, 1),
        settings: contract.settings,
        signal: stop.signal,
      });
      stop.abort(new Error('enough'));
      await expect(asking).rejects.toThrowError('enough');
    });

    it('orders measurements by value, and gives what has none the worst', () => {
      const values = metric.measure(contract.improving).map((measurement) => metric.value(measurement));
      const towardsWorse =
        metric.better === 'lower' ? (a: number, b: number) => b - a : (a: number, b: number) => a - b;
      expect(values.toSorted(towardsWorse)).toEqual(values);
      expect(new Set(values).size).toBe(values.length);
      const worst = metric.better === 'lower' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
      if (contract.firstHasNoValue) expect(values[0]).toBe(worst);
      expect(values.some(Number.isNaN)).toBe(false);
    });
  });
}
