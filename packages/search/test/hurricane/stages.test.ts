import { RandomStream } from '@tenas/base';
import type { Choices, Decision } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { boundedEvolution } from '../../src/hurricane/bounded-evolution.js';
import { keptDecisions, scoreOperators } from '../../src/hurricane/operators.js';
import { searchByStages, stagesOf } from '../../src/hurricane/stages.js';

const decisions: Decision[] = Array.from({ length: 5 }, (_, layer) => ({
  name: `layer${layer}`,
  choices: ['c', 'a', 'b', 'd'],
}));
/** Costs 1 to 4; worth grows with cost, in later layers more. */
const cost = { a: 1, b: 2, c: 3, d: 4 } as Record<string, number>;
const costOf = (choices: Choices) => Object.values(choices).reduce((sum, choice) => sum + cost[choice]!, 0);
const worth = (choices: Choices) =>
  decisions.reduce((sum, { name }, layer) => sum + (1 + layer) * Math.sqrt(cost[choices[name]!]!), 0) / 40;
const keyOf = (choices: Choices) => Object.values(choices).join('');
const settings = {
  population: 10,
  generations: 5,
  parents: 4,
  crossovers: 4,
  mutations: 4,
  mutationRate: 0.2,
};

function problem(bound: number, seed = 0) {
  const asked: Choices[] = [];
  const evaluate = async (some: readonly Choices[]) => {
    asked.push(...some);
    return some.map(worth);
  };
  return { asked, decisions, bound, costOf, keyOf, evaluate, random: new RandomStream('stages', seed) };
}

/** The most worth within a bound. */
function optimum(bound: number): number {
  let best = 0;
  for (let number = 0; number < 4 ** 5; number++) {
    const choices = Object.fromEntries(
      decisions.map(({ name, choices }, layer) => [name, choices[Math.floor(number / 4 ** layer) % 4]!]),
    );
    if (costOf(choices) <= bound) best = Math.max(best, worth(choices));
  }
  return best;
}

describe('boundedEvolution', () => {
  it.each([5, 6, 11, 20])('evaluates nothing twice and nothing above the bound %s', async (bound) => {
    const given = problem(bound);
    const found = await boundedEvolution(given, settings);
    const keys = given.asked.map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    expect(given.asked.every((choices) => costOf(choices) <= bound)).toBe(true);
    expect(found).toHaveLength(keys.length);
    expect(found[0]!.accuracy).toBe(Math.max(...given.asked.map(worth)));
    expect(keys.length).toBe(bound === 5 ? 1 : bound === 6 ? 6 : 50);
  });

  it('comes near the optimum', async () => {
    const found = await boundedEvolution(problem(13), { ...settings, generations: 20 });
    expect(found[0]!.accuracy).toBeGreaterThan(0.98 * optimum(13));
  });

  it('is the same of the same random numbers', async () => {
    const twice = await Promise.all([1, 1].map((seed) => boundedEvolution(problem(12, seed), settings)));
    expect(twice[0]).toEqual(twice[1]);
  });

  it('names the cheapest architecture where the bound is below it', async () => {
    const given = problem(4.5);
    await expect(boundedEvolution(given, settings)).rejects.toMatchObject({
      code: 'BUDGET_INFEASIBLE',
      message: 'bound: got 4.5; the cheapest architecture (a, a, a, a, a) takes 5',
    });
    expect(given.asked).toEqual([]);
  });
});

describe('searchByStages', () => {
  const staged = { order: 'late-first', late: 0.6, defaultOperator: 'middle' } as const;

  it.each(['late-first', 'early-first', 'joint'] as const)(
    '%s: in order, within the bound',
    async (order) => {
      const given = problem(13);
      const how = { ...settings, ...staged, order };
      const stages = stagesOf(decisions, how, settings.generations);
      const results = await searchByStages(
        { ...given, evolve: async (_stage, _domain, run) => await run({ evaluate: given.evaluate }) },
        stages,
        how,
      );
      const late = ['layer2', 'layer3', 'layer4'];
      const early = ['layer0', 'layer1'];
      expect(results.map(({ stage }) => stage.searched)).toEqual(
        { 'late-first': [late, early], 'early-first': [early, late], joint: [[...early, ...late]] }[order],
      );
      for (const { fixed, candidates } of results) {
        expect(candidates[0]!.cost).toBeLessThanOrEqual(13);
        for (const { choices } of candidates) expect(choices).toMatchObject(fixed);
      }
      if (order === 'joint') return;
      expect(Object.values(results[0]!.fixed)).toEqual(Array(5 - stages[0]!.searched.length).fill('b'));
      expect(results[1]!.fixed).toEqual(
        Object.fromEntries(
          stages[0]!.searched.map((name) => [name, results[0]!.candidates[0]!.choices[name]]),
        ),
      );
    },
  );

  it('lowers the default operator where the bound leaves no room for it', async () => {
    const given = problem(7);
    const how = { ...settings, ...staged, defaultOperator: 'largest' } as const;
    const results = await searchByStages(
      { ...given, evolve: async (_stage, _domain, run) => await run({ evaluate: given.evaluate }) },
      stagesOf(decisions, how, 3),
      how,
    );
    expect(results[0]!.fixed).toEqual({ layer0: 'a', layer1: 'a' });
    expect(results.at(-1)!.candidates[0]!.cost).toBeLessThanOrEqual(7);
  });
});

describe('scoreOperators', () => {
  const capacity = { a: 10, b: 40, c: 30, d: 20 } as Record<string, number>;
  const count = (choices: Choices) => {
    const macs = Object.values(choices).reduce((sum, choice) => sum + capacity[choice]!, 0);
    return { macs, params: 2 * macs };
  };

  it('ranks capacity against cost, and keeps the cheapest operator', () => {
    const layers = scoreOperators(decisions, count, costOf, 2);
    expect(layers.map(({ decision }) => decision)).toEqual(decisions.map(({ name }) => name));
    const [first] = layers;
    // Shares of lower ones: capacity a 0, d 1/3, c 2/3, b 1; cost a 0, b 1/3, c 2/3, d 1.
    expect(first!.operators.map(({ choice, score }) => [choice, Number(score.toFixed(3))])).toEqual([
      ['b', 0.667],
      ['a', 0],
      ['c', 0],
      ['d', -0.667],
    ]);
    expect(first!.operators[0]).toMatchObject({ macs: 30, params: 60, cost: 1, kept: true });
    expect(keptDecisions(decisions, layers)[0]!.choices).toEqual(['a', 'b']);
    expect(keptDecisions(decisions, scoreOperators(decisions, count, costOf, 1))[0]!.choices).toEqual(['a']);
  });
});
