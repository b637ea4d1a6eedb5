import { readSettings } from '@tenas/base/settings';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const schema = z.strictObject({
  mode: z.enum(['batch', 'sample']).default('sample').describe('mode'),
  size: z.int().min(2).max(9).default(4).describe('size'),
  tau: z
    .strictObject({ min: z.number().default(0.5), max: z.number().gt(1).default(10) })
    .default({ min: 0.5, max: 10 })
    .describe('temperatures'),
});

const read = (given?: unknown) => readSettings('gdas', schema, given);

describe('settings by a schema', () => {
  it('have defaults for what is not given, or undefined', () => {
    const defaults = { mode: 'sample', size: 4, tau: { min: 0.5, max: 10 } };
    expect(read()).toEqual(defaults);
    expect(read({ size: undefined })).toEqual(defaults);
    expect(read({ size: 9, tau: { max: 2 } })).toEqual({ ...defaults, size: 9, tau: { min: 0.5, max: 2 } });
  });

  it.each([
    [{ size: 1 }, 'gdas.size', 1, 'gdas.size must be a whole number from 2 to 9, got 1'],
    [{ mode: 'both' }, 'gdas.mode', 'both', 'gdas.mode must be one of batch, sample, got "both"'],
    [{ tau: { max: 1 } }, 'gdas.tau.max', 1, 'gdas.tau.max must be a number above 1, got 1'],
    [{ sise: 3 }, 'gdas.sise', 3, 'gdas.sise must be absent (did you mean size?), got 3'],
    [{ zzzz: 3 }, 'gdas.zzzz', 3, 'absent (known are mode, size, tau.min, tau.max), got 3'],
    [{ tau: { mid: 3 } }, 'gdas.tau.mid', 3, 'gdas.tau.mid must be absent'],
    [{ constructor: 3 }, 'gdas.constructor', 3, 'gdas.constructor must be absent'],
    [[], 'gdas', [], 'gdas must be an object of settings'],
  ])('refuse %j by name', (given, field, value, message) => {
    expect(() => read(given)).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        field,
        value,
        message: expect.stringContaining(message),
      }),
    );
  });

  it('names the place in a list', () => {
    const stage = z.strictObject({ keep: z.int().min(1) });
    const staged = z.strictObject({ stages: z.array(stage).default([]).describe('stages') });
    expect(() => readSettings('settings', staged, { stages: [{ keep: 2 }, { keep: 0 }] })).toThrow(
      expect.objectContaining({ field: 'settings.stages[1].keep', value: 0 }),
    );
  });

  it('say so where there are none', () => {
    expect(() => readSettings('params', z.strictObject({}), { size: 3 })).toThrow(
      /absent \(there are no settings\), got 3/,
    );
  });

  it('pass on what a check of the schema says', () => {
    const ordered = schema.refine(({ tau }) => tau.min < tau.max, {
      error: 'below max',
      path: ['tau', 'min'],
    });
    expect(() => readSettings('gdas', ordered, { tau: { min: 11 } })).toThrow(
      /gdas.tau.min must be below max, got 11/,
    );
  });
});
