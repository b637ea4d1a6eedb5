import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings, type SettingsOwner, settingsFlag, settingsHelp } from '../src/settings-option.js';

const evolution = {
  title: 'evolution',
  schema: z
    .object({
      population: z.int().min(2).max(1000).default(100).describe('architectures that are kept'),
      crossover: z.boolean().default(false).describe('children of two parents'),
      rate: z.number().gt(0).lt(1).default(0.5),
      objective: z.enum(['best', 'rank']).default('rank').describe('what decides'),
      label: z.string().default('none'),
      weights: z.array(z.number()).default([1, 2]).describe('of the ranks'),
      limit: z.int().positive().nullable().default(null).describe('of evaluations'),
      sample: z.int().min(1).default(10),
    })
    .refine(({ population, sample }) => sample <= population, {
      path: ['sample'],
      message: 'give at most the population',
    }),
};

const ntk = {
  title: 'ntk',
  under: 'ntk',
  schema: z.object({
    batchSize: z.int().min(2).default(32).describe('images'),
    mode: z.enum(['batch', 'sample']).default('sample'),
  }),
};

const nested = {
  title: 'nested',
  schema: z.object({
    tau: z.object({ max: z.number(), min: z.number().default(0.1) }).default({ max: 10, min: 0.5 }),
    failures: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('substitute'), value: z.number().default(7) }),
        z.strictObject({ kind: z.literal('worst'), origin: z.number() }),
      ])
      .default({ kind: 'worst', origin: 3 }),
    finals: z.object({ kept: z.int() }).nullable().default(null).describe('the last stage'),
    needed: z.int().describe('no default'),
    pairs: z.array(z.tuple([z.string(), z.int()])).default([]),
    maybe: z.union([z.int(), z.enum(['auto'])]).default('auto'),
    start: z.record(z.string(), z.array(z.string())).optional(),
  }),
};

function read(owners: readonly SettingsOwner[], ...pairs: string[]): unknown {
  const flag = settingsFlag('');
  return readSettings(
    owners,
    pairs.map((pair) => flag.schema.parse(pair)),
  );
}

const defaults = {
  ...{ population: 100, crossover: false, rate: 0.5, objective: 'rank', label: 'none' },
  ...{ weights: [1, 2], limit: null, sample: 10 },
};

describe('readSettings', () => {
  it('refuses a list with an empty item', () => {
    const lists = { title: 'lists', schema: z.object({ names: z.array(z.string()).default([]) }) };
    expect(read([lists], 'names=a, b')).toEqual([{ names: ['a', 'b'] }]);
    expect(read([lists], 'names=')).toEqual([{ names: [] }]);
    expect(() => read([lists], 'names=a,,b')).toThrow(
      '--set names: got "a,,b"; give a list, as a,b, each text',
    );
  });

  it('fills in what was not given', () => {
    expect(read([evolution, ntk])).toEqual([defaults, { batchSize: 32, mode: 'sample' }]);
  });

  it.each([
    ['population=25', { population: 25 }],
    ['population = 25', { population: 25 }],
    ['crossover=true', { crossover: true }],
    ['rate=2.5e-1', { rate: 0.25 }],
    ['objective=best', { objective: 'best' }],
    ['label=a=b, c', { label: 'a=b, c' }],
    ['label=', { label: '' }],
    ['label=12', { label: '12' }],
    ['weights=3, 4.5', { weights: [3, 4.5] }],
    ['weights=[5]', { weights: [5] }],
    ['weights=', { weights: [] }],
    ['limit=9', { limit: 9 }],
    ['limit=null', { limit: null }],
  ])('%s', (pair, changed) => {
    expect(read([evolution], pair)).toEqual([{ ...defaults, ...changed }]);
  });

  it('gives every owner its own', () => {
    expect(read([evolution, ntk], 'ntk.batchSize=64', 'population=5', 'sample=5')).toEqual([
      { ...defaults, population: 5, sample: 5 },
      { batchSize: 64, mode: 'sample' },
    ]);
  });

  it('sets fields within objects, beside the defaults of the others', () => {
    const usual = {
      ...{ tau: { max: 10, min: 0.5 }, failures: { kind: 'worst', origin: 3 }, finals: null },
      ...{ needed: 1, pairs: [], maybe: 'auto' },
    };
    const cases: [string[], object][] = [
      [[], {}],
      [['tau.max=2'], { tau: { max: 2, min: 0.5 } }],
      [['failures.origin=9'], { failures: { kind: 'worst', origin: 9 } }],
      [['failures.kind=substitute'], { failures: { kind: 'substitute', value: 7 } }],
      [['failures.kind=substitute', 'failures.value=8'], { failures: { kind: 'substitute', value: 8 } }],
      [['finals.kept=3'], { finals: { kept: 3 } }],
      [['finals=null'], {}],
      [['pairs=[["a",1]]'], { pairs: [['a', 1]] }],
      [['maybe=3'], { maybe: 3 }],
    ];
    for (const [pairs, changed] of cases) {
      expect(read([nested], 'needed=1', ...pairs)).toEqual([{ ...usual, ...changed }]);
    }
  });

  it.each([
    ['population=many', 'population: got "many"; give a whole number from 2 to 1000'],
    ['population=', 'population: got ""; give a whole number from 2 to 1000'],
    ['population=1', 'population: got "1"; give a whole number from 2 to 1000'],
    ['population=2.5', 'population: got "2.5"; give a whole number from 2 to 1000'],
    ['population=Infinity', 'population: got "Infinity"; give a whole number'],
    ['population=null', 'population: got "null"; give a whole number'],
    ['crossover=yes', 'crossover: got "yes"; give true or false'],
    ['rate=1', 'rate: got "1"; give a number above 0 and below 1'],
    ['objective=worst', 'objective: got "worst"; give one of best, rank'],
    ['weights=1,x', 'weights: got "1,x"; give a list, as a,b, each a number'],
    ['weights=["x"]', 'weights: got "[\\"x\\"]"; give a list, as a,b, each a number'],
    ['weights=[', 'weights: got "["; give a list'],
    ['limit=0', 'limit: got "0"; give a whole number above 0 or null'],
    ['sample=101', 'sample: got "101"; give at most the population'],
    ['populaton=5', 'populaton: no such setting of evolution, ntk; did you mean population?'],
    ['batchSize=5', 'batchSize: no such setting of evolution, ntk; did you mean ntk.batchSize?'],
    ['ntk=5', 'ntk: no such setting of evolution, ntk; did you mean ntk.batchSize or ntk.mode?'],
    ['ntk.batch=5', 'ntk.batch: no such setting'],
    ['zzz=5', 'zzz: no such setting of evolution, ntk; known are population, crossover,'],
    ['__proto__=5', '__proto__: no such setting'],
    ['ntk.batchSize=1', 'ntk.batchSize: got "1"; give a whole number of at least 2'],
  ])('refuses %s', (pair, message) => {
    expect(() => read([evolution, ntk], pair)).toThrowError(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        field: pair.split('=')[0]!.trim(),
        message: expect.stringContaining(`--set ${message}`),
      }),
    );
  });

  it.each([
    [['needed=1', 'needed=2'], 'needed: is given twice'],
    [['needed=1', 'finals=null', 'finals.kept=3'], 'finals.kept: is given twice, or beside'],
    [['needed=1', 'finals.kept=3', 'finals=null'], 'finals: is given twice, or beside'],
    [[], 'needed: is missing; give a whole number'],
    [['needed=1', 'failures.kind=worst'], 'failures.origin: is missing; give a number'],
    [['needed=1', 'tau=3'], 'tau: no such setting of nested; did you mean tau.max or tau.min?'],
    [['needed=1', 'start={"a":1}'], 'start: got "{\\"a\\":1}"; give JSON as {"NAME": ["TEXT", ...], ...}'],
    [
      ['needed=1', 'start={"a":["b"],"a":["c"]}'],
      'start: got "{\\"a\\":[\\"b\\"],\\"a\\":[\\"c\\"]}": a key is given twice: "a"',
    ],
    [['needed=1', 'start={"a":["b"],"\\u0061":[]}'], /start: .*: a key is given twice: "a"/],
    [['needed=1', `start=${'['.repeat(101)}`], /start: .*: it is nested deeper than 100 levels/],
    [['needed=1', 'finals=0'], 'finals: got "0"; give null, or set finals.kept'],
    [['needed=1', 'maybe=never'], 'maybe: got "never"; give auto or a whole number'],
  ])('refuses %j', (pairs, message) => {
    const words = message instanceof RegExp ? new RegExp(`^--set ${message.source}`) : `--set ${message}`;
    expect(() => read([nested], ...pairs)).toThrow(words);
  });

  it('says where there is nothing to set', () => {
    expect(() => read([{ title: 'random', schema: z.object({}) }], 'a=1')).toThrow('random has no settings');
  });

  it.each(['population', '=5', ''])('%j is no setting', (pair) => {
    expect(settingsFlag('').schema.safeParse(pair).error?.issues[0]?.message).toBe(
      'KEY=VALUE, as population=25',
    );
  });
});

describe('settingsHelp', () => {
  it('lists keys, types, defaults and descriptions at the width of the terminal', () => {
    const random = { title: 'random', schema: z.object({}) };
    expect(settingsHelp([evolution, ntk, random], 80)).toBe(
      `Settings of evolution (--set KEY=VALUE):
  population     architectures that are kept; a whole number from 2 to 1000
                 (default: 100)
  crossover      children of two parents; true or false (default: false)
  rate           a number above 0 and below 1 (default: 0.5)
  objective      what decides; one of best, rank (default: rank)
  label          text (default: none)
  weights        of the ranks; a list, as a,b, each a number (default: 1,2)
  limit          of evaluations; a whole number above 0 or null (default: null)
  sample         a whole number of at least 1 (default: 10)

Settings of ntk (--set KEY=VALUE):
  ntk.batchSize  images; a whole number of at least 2 (default: 32)
  ntk.mode       one of batch, sample (default: sample)

Settings of random: none`,
    );
  });

  it('lists the fields of objects as settings of their own', () => {
    expect(settingsHelp([nested], 200)).toBe(
      `Settings of nested (--set KEY=VALUE):
  tau.max          a number (default: 10)
  tau.min          a number (default: 0.5)
  failures.kind    one of substitute, worst (default: worst)
  failures.value   a number (default: 7)
  failures.origin  a number (default: 3)
  finals           the last stage; null (default: null)
  finals.kept      a whole number
  needed           no default; a whole number
  pairs            a list as JSON (default: empty)
  maybe            auto or a whole number (default: auto)
  start            JSON as {"NAME": ["TEXT", ...], ...}`,
    );
  });
});
