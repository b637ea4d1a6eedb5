import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mean, quantile, RandomStream } from '@tenas/base';
import { readCsv } from '@tenas/records';
import { type Choices, type Decision, getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import type { WithinReach } from '../../src/hurricane/bounded-evolution.js';
import {
  DEFAULT_OPERATORS,
  STAGE_ORDERS,
  type StageSettings,
  searchByStages,
  stagesOf,
} from '../../src/hurricane/stages.js';

const file = join(
  process.env.TENAS_SHARED ?? join(import.meta.dirname, '../../../../../shared'),
  'data/nas-bench-macro/accuracy.csv',
);
const note = existsSync(file) ? '' : ` (skipped: no ${file}; set TENAS_SHARED)`;
const space = getSpace('nas-bench-macro');
const SEEDS = [0, 1, 2, 3, 4];
/** The numbers of the preset quick: 100 candidates in each of two stages, 200 in a joint one. */
const EVOLUTION = { population: 20, parents: 5, crossovers: 8, mutations: 8, mutationRate: 0.1 };
const GENERATIONS = 5;

interface Known {
  readonly choices: Choices;
  readonly accuracy: number;
  readonly macs: number;
}

function read(): ReadonlyMap<string, Known> {
  const rows = readCsv(readFileSync(file, 'utf8'), file).rows.map(({ cells }): [string, Known] => {
    const architecture = space.parse(cells.arch!);
    return [
      space.format(architecture),
      {
        choices: space.choicesOf(architecture),
        accuracy: Number(cells.cifar10_test),
        macs: Number(cells.macs),
      },
    ];
  });
  return new Map(rows);
}

/** Mean accuracy, evaluations, and the best of as many random networks within the bound. */
type Row = readonly [name: string, accuracy: string, evaluations: number, random: string];

/** The table of docs/systems.md. Each bound begins with the best network within it, and the number of networks. */
const ROWS: readonly Row[] = [
  ['45.7 M', '91.94', 548, ''],
  ['late-first, cheapest', '86.47', 56, '91.63'],
  ['late-first, middle', '91.94', 18, '91.31'],
  ['late-first, largest', '86.47', 56, '91.63'],
  ['early-first, cheapest', '91.86', 12, '91.14'],
  ['early-first, middle', '90.92', 35, '91.52'],
  ['early-first, largest', '86.47', 55, '91.64'],
  ['joint, middle', '91.94', 200, '91.87'],
  ['55.7 M', '92.30', 1094, ''],
  ['late-first, cheapest', '91.47', 66, '92.08'],
  ['late-first, middle', '92.30', 46, '92.01'],
  ['late-first, largest', '91.80', 16, '91.81'],
  ['early-first, cheapest', '92.17', 24, '91.89'],
  ['early-first, middle', '91.80', 61, '92.04'],
  ['early-first, largest', '91.64', 67, '92.07'],
  ['joint, middle', '92.27', 200, '92.20'],
  ['65.3 M', '92.83', 1641, ''],
  ['late-first, cheapest', '92.42', 72, '92.45'],
  ['late-first, middle', '92.39', 71, '92.46'],
  ['late-first, largest', '92.83', 24, '92.26'],
  ['early-first, cheapest', '92.66', 47, '92.40'],
  ['early-first, middle', '92.05', 81, '92.46'],
  ['early-first, largest', '89.90', 81, '92.46'],
  ['joint, middle', '92.68', 200, '92.58'],
];

/** The third of the benchmark that is known, within a bound: nothing else is evaluated. */
function withinTable(known: readonly Known[], keyOf: (choices: Choices) => string): WithinReach {
  const keys = new Set(known.map(({ choices }) => keyOf(choices)));
  const open = (decisions: readonly Decision[]) =>
    known.filter(({ choices }) => decisions.every((one) => one.choices.includes(choices[one.name]!)));
  const changes = (one: Choices, other: Choices) =>
    Object.keys(one).filter((name) => one[name] !== other[name]).length;
  return {
    allowed: (choices) => keys.has(keyOf(choices)),
    drawn(decisions, random) {
      const some = open(decisions);
      return some.length === 0 ? null : random.pick(some).choices;
    },
    near: (decisions, choices) =>
      open(decisions).sort((a, b) => changes(a.choices, choices) - changes(b.choices, choices))[0]?.choices ??
      null,
  };
}

const textOf = (choices: Choices) => space.format(space.fromChoices(choices));
const costs = space.costs(space.sizes.final({ name: 'cifar10', classes: 10, height: 32, width: 32 }));
const macs = new Map<string, number>();
function macsOf(choices: Choices): number {
  const text = textOf(choices);
  const found = macs.get(text) ?? costs.of(space.fromChoices(choices)).macs;
  macs.set(text, found);
  return found;
}

async function searched(
  table: ReadonlyMap<string, Known>,
  bound: number,
  how: StageSettings,
  seed: number,
): Promise<{ readonly accuracy: number; readonly macs: number; readonly evaluations: number }> {
  const results = await searchByStages(
    {
      decisions: space.decisions,
      bound,
      costOf: macsOf,
      keyOf: textOf,
      random: new RandomStream('macro table', how.order, how.defaultOperator, bound, seed),
      reach: withinTable(
        [...table.values()].filter(({ macs }) => macs <= bound),
        textOf,
      ),
      evolve: async (_stage, _domain, run) =>
        await run({ evaluate: async (some) => some.map((one) => table.get(textOf(one))!.accuracy) }),
    },
    stagesOf(space.decisions, how, GENERATIONS),
    { ...EVOLUTION, ...how },
  );
  const [best] = results.at(-1)!.candidates;
  const evaluations = results.reduce((sum, { candidates }) => sum + candidates.length, 0);
  return { accuracy: best!.accuracy, macs: best!.cost, evaluations };
}

/** The mean accuracy of the best of some random networks within the bound. */
function bestOfRandom(known: readonly number[], count: number): number {
  const random = new RandomStream('macro random', known.length, count);
  const draws = Array.from({ length: 300 }, () =>
    Math.max(...random.sample(known.length, Math.min(count, known.length)).map((place) => known[place]!)),
  );
  return mean(draws);
}

describe.skipIf(note !== '')(`orders of the stages on the table of NAS-Bench-Macro${note}`, () => {
  it('find what docs/systems.md says, within the bound', { timeout: 600_000 }, async () => {
    const table = read();
    const all = [...table.values()];
    const sorted = all.map((one) => one.macs).sort((a, b) => a - b);
    const rows: Row[] = [];
    for (const share of [0.25, 0.5, 0.75]) {
      const bound = quantile(sorted, share);
      const within = all.filter((one) => one.macs <= bound).map(({ accuracy }) => accuracy);
      rows.push([`${(bound / 1e6).toFixed(1)} M`, Math.max(...within).toFixed(2), within.length, '']);
      for (const order of STAGE_ORDERS) {
        for (const defaultOperator of DEFAULT_OPERATORS) {
          // In a joint search all layers are searched at once.
          if (order === 'joint' && defaultOperator !== 'middle') continue;
          const found = [];
          for (const seed of SEEDS) {
            found.push(await searched(table, bound, { order, late: 0.6, defaultOperator }, seed));
          }
          expect(found.every((one) => one.macs <= bound)).toBe(true);
          const accuracy = mean(found.map((one) => one.accuracy)).toFixed(2);
          const evaluations = Math.round(mean(found.map((one) => one.evaluations)));
          const random = bestOfRandom(within, evaluations).toFixed(2);
          rows.push([`${order}, ${defaultOperator}`, accuracy, evaluations, random]);
        }
      }
    }
    expect(rows).toEqual(ROWS);
  });
});
