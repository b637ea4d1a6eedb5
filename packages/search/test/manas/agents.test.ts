import { mean, RandomStream } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { drawActions, likeliest, meanEntropy } from '../../src/choice-probabilities.js';
import { additiveFit } from '../../src/manas/additive-fit.js';
import { Exp3Agents } from '../../src/manas/exp3-agents.js';
import { LeastSquaresAgents, zipf } from '../../src/manas/least-squares-agents.js';
import { RankLosses, RawLosses } from '../../src/manas/losses.js';
import { Regret } from '../../src/manas/regret.js';

const lists = (probabilities: readonly Float64Array[]) => probabilities.map((chances) => [...chances]);
const close = (values: readonly number[], digits = 10) => values.map((one) => expect.closeTo(one, digits));

describe('losses', () => {
  it('are shares of the remembered rounds that were better', () => {
    const losses = new RankLosses(4);
    const heard = [3, 1, 2, Number.POSITIVE_INFINITY, 1, 0].map((measured) => {
      losses.add(measured);
      return losses.last;
    });
    expect(heard).toEqual([0, 0, 1 / 3, 3 / 4, 0, 0]);
    // Of 2, infinity, 1 and 0.
    expect(losses.recent()).toEqual([2 / 4, 3 / 4, 1 / 4, 0]);
  });

  it('are of equals the same', () => {
    const losses = new RankLosses(10);
    for (const measured of [2, 2, 1, 2]) losses.add(measured);
    expect(losses.recent()).toEqual([1 / 4, 1 / 4, 0, 1 / 4]);
    expect(losses.last).toBe(1 / 4);
  });

  it('have a bound where they are raw', () => {
    const losses = new RawLosses(3, 2);
    const heard = [1, -1, 7, Number.POSITIVE_INFINITY].map((measured) => {
      losses.add(measured);
      return losses.last;
    });
    expect(heard).toEqual([0.5, 0, 1, 1]);
    expect(losses.recent()).toEqual([0, 1, 1]);
  });
});

describe('regret', () => {
  it('is what was lost beside the best so far', () => {
    const regret = new Regret();
    expect(regret.total).toBe(0);
    const totals = [0.5, 0.75, 0.25].map((loss) => {
      regret.add(loss);
      return regret.total;
    });
    expect(totals).toEqual([0, 0.25, 0.75]);
    expect(regret.rounds).toBe(3);
  });
});

describe('EXP3', () => {
  const heard = { last: 0.5, recent: () => [0.5] };

  it('makes choices unlikelier by their loss over their probability', () => {
    const agents = new Exp3Agents([3, 2], heard, { eta: 0.2, gamma: 0, clip: null });
    expect(likeliest(agents.probabilities)).toEqual([0, 0]);
    agents.learn([0, 1]);
    // Totals 0.5 * 3 and 0.5 * 2.
    const [a, b] = [Math.exp(-0.3), Math.exp(-0.2)];
    expect(lists(agents.probabilities)).toEqual([
      close([a / (a + 2), 1 / (a + 2), 1 / (a + 2)]),
      close([1 / (1 + b), b / (1 + b)]),
    ]);
    expect(likeliest(agents.probabilities)).toEqual([1, 0]);
  });

  it('mixes in uniform draws, and clips the weights of losses', () => {
    const agents = new Exp3Agents([4], heard, { eta: 10, gamma: 0.2, clip: 3 });
    agents.learn([2]);
    const rest = Math.exp(-10 * 0.5 * 3);
    const chances = lists(agents.probabilities)[0]!;
    expect(chances).toEqual(close([1, 1, rest, 1].map((one) => (0.8 * one) / (3 + rest) + 0.05)));
    agents.learn([2]);
    expect(Math.min(...lists(agents.probabilities)[0]!)).toBeGreaterThanOrEqual(0.05);
  });

  it('estimates the loss of every choice without a bias', () => {
    const random = new RandomStream('estimates', 1);
    const loss = [0.2, 0.5, 0.9];
    const losses = { last: 0, recent: () => [] };
    // So small a step leaves the policy where it is; what is left of it is the estimate.
    const eta = 1e-9;
    const agents = new Exp3Agents([3], losses, { eta, gamma: 0, clip: null });
    const rounds = 40_000;
    for (let round = 0; round < rounds; round++) {
      const actions = drawActions(agents.probabilities, random);
      losses.last = loss[actions[0]!]!;
      agents.learn(actions);
    }
    const logarithms = lists(agents.probabilities)[0]!.map(Math.log);
    for (const place of [1, 2]) {
      const difference = (logarithms[0]! - logarithms[place]!) / eta / rounds;
      expect(difference).toBeCloseTo(loss[place]! - loss[0]!, 1);
    }
  });
});

describe('the additive fit', () => {
  it('is the solution of the smallest norm, as numpy.linalg.lstsq has it', () => {
    const rows = [
      [0, 1],
      [1, 1],
      [2, 0],
      [0, 0],
      [1, 0],
      [2, 1],
      [0, 1],
    ];
    const parts = additiveFit([3, 2], rows, [0.1, 0.9, 0.4, 0.3, 0.2, 0.8, 0.2]);
    expect(lists(parts)).toEqual([close([-0.106, 0.289, 0.339]), close([0.126, 0.396])]);
  });

  it('gives parts of many decisions in a moment, and each decision the same sum', () => {
    const random = new RandomStream('rows', 2);
    const choices = Array.from({ length: 112 }, (_, decision) => 5 + (decision % 4));
    const true_ = choices.map((count) => Array.from({ length: count }, () => random.unit()));
    const rows = Array.from({ length: 2000 }, () => choices.map((count) => random.below(count)));
    const losses = rows.map((row) => row.reduce((sum, place, decision) => sum + true_[decision]![place]!, 0));
    const parts = additiveFit(choices, rows, losses);
    for (const [row, actions] of rows.entries()) {
      const sum = actions.reduce((total, place, decision) => total + parts[decision]![place]!, 0);
      expect(sum).toBeCloseTo(losses[row]!, 6);
    }
    // Orthogonal to what rows cannot tell: a constant that one decision has and another one lacks.
    const sums = parts.map((some) => some.reduce((sum, part) => sum + part, 0));
    for (const sum of sums) expect(sum).toBeCloseTo(sums[0]!, 6);
  });

  it('has no part for a choice that was never drawn', () => {
    const [first, second] = additiveFit([2, 2], [[0, 0]], [3]);
    expect([...first!, ...second!]).toEqual(close([1.5, 0, 1.5, 0]));
    expect(lists(additiveFit([2], [], []))).toEqual([[0, 0]]);
    expect(lists(additiveFit([2], [[1], [0]], [0, 0]))).toEqual([[0, 0]]);
  });
});

describe('least squares', () => {
  it('draw by Zipf over the ranks', () => {
    expect([...zipf(5)]).toEqual(close([0.438, 0.219, 0.146, 0.1095, 0.0876], 4));
    expect(zipf(8)[0]).toBeCloseTo(0.3679, 4);
  });

  it('begin uniformly, and fit again after some rounds', () => {
    const losses = new RawLosses(100, 1);
    const agents = new LeastSquaresAgents([2, 2], losses, { start: 4, refit: 2 });
    const learn = (actions: readonly number[], loss: number) => {
      losses.add(loss);
      agents.learn(actions);
    };
    for (const [actions, loss] of [
      [[0, 0], 0.6],
      [[0, 1], 0.4],
      [[1, 0], 0.5],
    ] as const) {
      learn(actions, loss);
    }
    expect(lists(agents.probabilities)).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    learn([1, 1], 0.3);
    expect(likeliest(agents.probabilities)).toEqual([1, 1]);
    expect(lists(agents.probabilities)).toEqual([close([1 / 3, 2 / 3]), close([1 / 3, 2 / 3])]);
    learn([1, 1], 1);
    expect(likeliest(agents.probabilities)).toEqual([1, 1]);
    learn([1, 1], 1);
    expect(likeliest(agents.probabilities)).toEqual([0, 0]);
  });

  it('forget rounds with the losses', () => {
    const losses = new RankLosses(4);
    const agents = new LeastSquaresAgents([2], losses, { start: 2, refit: 2 });
    for (const [place, loss] of [
      [0, 0.1],
      [1, 0.2],
      [0, 0.9],
      [1, 0.8],
      [0, 0.9],
      [1, 0.8],
    ] as const) {
      losses.add(loss);
      agents.learn([place]);
    }
    expect(likeliest(agents.probabilities)).toEqual([1]);
  });
});

/**
 * Agents choose an effort from 0 to 9 each, and are to make their sum hit a target that none of them knows: the Gaussian
 * Squeeze Domain, on which the paper shows that regret vanishes.
 *
 * @returns regret after a quarter of the rounds, after half of them and in the end
 */
function squeeze(seed: number, eta: number): [number, number, number] {
  const [agentCount, efforts, target, width, rounds] = [6, 10, 15, 10, 2000];
  const random = new RandomStream('gaussian squeeze', seed);
  const gain = (sum: number) => sum * Math.exp(-(((sum - target) / width) ** 2));
  const highest = Math.max(...Array.from({ length: agentCount * (efforts - 1) + 1 }, (_, sum) => gain(sum)));
  const losses = new RawLosses(1, 1);
  const choices = Array.from({ length: agentCount }, () => efforts);
  const agents = new Exp3Agents(choices, losses, { eta, gamma: 0, clip: null });
  const regrets: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const actions = drawActions(agents.probabilities, random);
    losses.add(1 - gain(actions.reduce((total, effort) => total + effort, 0)) / highest);
    regrets.push((regrets.at(-1) ?? 0) + losses.last);
    agents.learn(actions);
  }
  return [regrets[rounds / 4 - 1]!, regrets[rounds / 2 - 1]!, regrets[rounds - 1]!];
}

describe('Gaussian squeeze', () => {
  it('is learnt: regret grows ever more slowly, and linearly where the draws stay uniform', () => {
    const meanOf = (eta: number) => {
      const all = [1, 2, 3, 4].map((seed) => squeeze(seed, eta));
      return [0, 1, 2].map((place) => mean(all.map((regrets) => regrets[place]!)));
    };
    const slopes = ([quarter, half, end]: readonly number[]) => [
      Math.log2(half! / quarter!),
      Math.log2(end! / half!),
    ];
    const [learnt, random] = [meanOf(0.1), meanOf(0)];
    expect(learnt[2]).toBeLessThan(random[2]! / 3);
    const [first, second] = slopes(learnt);
    expect(first).toBeLessThan(0.75);
    expect(second).toBeLessThan(0.5);
    for (const slope of slopes(random)) expect(slope).toBeGreaterThan(0.95);
  });
});

describe('entropy', () => {
  it('is that of the mean decision', () => {
    expect(meanEntropy([Float64Array.of(0.5, 0.5), Float64Array.of(1, 0)])).toBeCloseTo(Math.log(2) / 2, 12);
  });
});
