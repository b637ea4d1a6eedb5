import { RandomStream } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { smallSpace } from '@tenas/metrics/contract';
import { gradientDetailOf, readSearchRecord } from '@tenas/records';
import { darts, nasBench201, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { canonicalKey } from '../../src/canonical-key.js';
import { softmax } from '../../src/choice-probabilities.js';
import {
  drawnDomain,
  drawnFinalists,
  judgedFinalists,
  type LearntChoices,
  logProbability,
} from '../../src/gradient/finalists.js';
import {
  dartsGradient,
  gdas,
  readConstraints,
  resolveConstraints,
  runSearch,
  type Strategy,
} from '../../src/index.js';

const signal = new AbortController().signal;

/** Learnt probabilities of a space, not all alike. */
function learntOf(space: Space, rule: LearntChoices['rule'] = 'edges', spread = 1): LearntChoices {
  const random = new RandomStream('finalists', space.name);
  const supernet = space.supernet!;
  const probabilities = supernet.decisions.map(({ choices }) =>
    softmax(Float64Array.from(choices, () => spread * random.normal())),
  );
  return { supernet, probabilities, rule };
}

/** How far counts of draws are from their probabilities. */
function chiSquare(counts: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): number {
  const draws = [...counts.values()].reduce((sum, count) => sum + count, 0);
  expect([...counts.keys()].filter((key) => !expected.has(key))).toEqual([]);
  return [...expected].reduce((sum, [key, chance]) => {
    const mean = draws * chance;
    return sum + ((counts.get(key) ?? 0) - mean) ** 2 / mean;
  }, 0);
}

function countedDraws(learnt: LearntChoices, decisions: readonly string[]): Map<string, number> {
  const random = new RandomStream('chi square');
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 20_000; draw++) {
    const domain = drawnDomain(learnt, random);
    const key = decisions
      .flatMap((name) => domain[name]!.map((choice) => `${name}/${choice}`))
      .toSorted()
      .join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

describe('a draw by learnt probabilities', () => {
  it('has the product of the probabilities where every edge stays', () => {
    const learnt = learntOf(smallSpace({ supernet: true }));
    const [first, second] = learnt.supernet.decisions;
    const expected = new Map(
      first!.choices.flatMap((one, i) =>
        second!.choices.map((other, j) => [
          [`${first!.name}/${one}`, `${second!.name}/${other}`].toSorted().join(' '),
          learnt.probabilities[0]![i]! * learnt.probabilities[1]![j]!,
        ]),
      ),
    );
    // The 99.9 % quantile of 8 degrees of freedom.
    expect(chiSquare(countedDraws(learnt, [first!.name, second!.name]), expected)).toBeLessThan(26.2);
    const domain = { [first!.name]: [first!.choices[1]!], [second!.name]: [second!.choices[2]!] };
    const chance = learnt.probabilities[0]![1]! * learnt.probabilities[1]![2]!;
    expect(logProbability(learnt, domain)).toBeCloseTo(Math.log(chance), 12);
  });

  it.each(['edges', 'pairs'] as const)('takes two inputs of a node without repetition, by %s', (rule) => {
    const group = darts.supernet.edgePruning!.groups[1]!;
    const whole = learntOf(darts, rule);
    const node = darts.supernet.decisions.flatMap(({ name }, place) => (group.includes(name) ? [place] : []));
    const learnt: LearntChoices = {
      rule,
      supernet: {
        ...darts.supernet,
        decisions: node.map((place) => darts.supernet.decisions[place]!),
        edgePruning: { groups: [group], keep: 2 },
      },
      probabilities: node.map((place) => whole.probabilities[place]!),
    };
    const inputs = group.flatMap((name) => {
      const place = learnt.supernet.decisions.findIndex((decision) => decision.name === name);
      return learnt.supernet.decisions[place]!.choices.flatMap((choice, number) =>
        choice === 'none' ? [] : [{ name, choice, chance: learnt.probabilities[place]![number]! }],
      );
    });
    const all = inputs.reduce((sum, { chance }) => sum + chance, 0);
    const ofEdge = (name: string) =>
      inputs.reduce((sum, one) => (one.name === name ? sum + one.chance : sum), 0);
    const expected = new Map<string, number>();
    for (const one of inputs) {
      for (const other of inputs) {
        if (other === one || (rule === 'edges' && other.name === one.name)) continue;
        // By edges the second input is of another edge; by pairs it is any other one.
        const left = all - (rule === 'edges' ? ofEdge(one.name) : one.chance);
        const key = [one, other]
          .map(({ name, choice }) => `${name}/${choice}`)
          .toSorted()
          .join(' ');
        const chance = (one.chance / all) * (other.chance / left);
        expected.set(key, (expected.get(key) ?? 0) + chance);
      }
    }
    expect([...expected.values()].reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
    const freedom = expected.size - 1;
    // More than four deviations above the mean of chi square.
    const bound = freedom + 4.5 * Math.sqrt(2 * freedom);
    expect(chiSquare(countedDraws(learnt, group), expected)).toBeLessThan(bound);
  });
});

describe('drawn finalists', () => {
  const ask = (space: Space) => ({ space, signal, allowed: () => true });
  const firstOf = (space: Space, seed = 0) => {
    const [architecture] = space.sample({ count: 1, seed });
    return { architecture: architecture!, domain: space.supernet!.domainOf(architecture!) };
  };
  const drawn = async (space: Space, count: number, spread?: number) =>
    await drawnFinalists(ask(space), learntOf(space, 'edges', spread), {
      ...{ first: firstOf(space), count, feasible: null, random: new RandomStream('drawn') },
    });

  it.each([[nasBench201], [darts]])(
    'are distinct architectures of $name, the first one among them',
    async (space) => {
      const finalists = await drawn(space, 40);
      expect(finalists[0]).toEqual(firstOf(space));
      const keys = finalists.map(({ architecture }) => canonicalKey(space, architecture));
      expect(new Set(keys).size).toBe(40);
      for (const { architecture, domain } of finalists) {
        expect(space.format(space.supernet.architectureOf(domain) as never)).toBe(
          space.format(architecture as never),
        );
      }
    },
  );

  it('are fewer where the space, or the probabilities, have no more', async () => {
    expect(await drawn(smallSpace({ supernet: true }), 100)).toHaveLength(9);
    expect((await drawn(nasBench201, 50, 1000)).length).toBeLessThan(5);
  });

  it('end with the signal', async () => {
    const stopped = { ...ask(nasBench201), signal: AbortSignal.abort(new Error('enough')) };
    const options = { first: firstOf(nasBench201), feasible: null, random: new RandomStream('drawn') };
    await expect(
      drawnFinalists(stopped, learntOf(nasBench201, 'edges', 1000), { ...options, count: 100_000 }),
    ).rejects.toThrow('enough');
  });

  it('are judged by the loss under the weights, of equal ones the likelier first', async () => {
    const learnt = learntOf(smallSpace({ supernet: true }));
    const finalists = await drawn(smallSpace({ supernet: true }), 9);
    const losses = [1.3, 0.5, 0.5, 2.1, 0.5, 1.2, 1.3, 3, 0.9];
    const paths: number[][] = [];
    const heard: number[] = [];
    const training = {
      paths: {
        ofWeights: (weights: readonly Float64Array[]) => {
          paths.push(weights.flatMap((own) => [...own]));
          return new Float64Array();
        },
      },
      evaluate: async () => [{ accuracy: 0.5, loss: losses[paths.length - 1]! }],
    };
    const judged = await judgedFinalists(training as never, learnt, finalists, (some) =>
      heard.push(some.length),
    );
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(paths.every((path) => path.reduce((sum, weight) => sum + weight, 0) === 2)).toBe(true);
    expect(new Set(paths.map(String)).size).toBe(9);
    expect(judged.map(({ loss }) => loss)).toEqual(losses.toSorted((a, b) => a - b));
    const best = judged.slice(0, 3).map((one) => one.logProbability);
    expect(best).toEqual(best.toSorted((a, b) => b - a));
  });
});

describe.each<[string, Strategy]>([
  ['gdas', gdas],
  ['darts-gradient', dartsGradient],
])('%s with the answer best', (_, strategy) => {
  const source = syntheticImages({ size: 8, images: 40 });
  const small = { channels: 2, cells: 1, images: 40, epochs: 2, warmup: 1, batchSize: 10 };
  const search = async (given: object, more: object = {}) =>
    await runSearch({
      ...{ space: nasBench201, source, strategy, metrics: [], seed: 1 },
      settings: { ...small, finalists: 12, finetune: 0, ...given },
      ...more,
    });

  it('finds the finalist with the lowest loss, on any number of threads', async () => {
    const record = await search({ answer: 'best' }, { threads: 1 });
    const { finalists = [], states } = gradientDetailOf(record)!;
    expect(finalists).toHaveLength(12);
    expect(record.architecture).toBe(finalists[0]!.architecture);
    expect(Math.min(...finalists.map(({ loss }) => loss))).toBe(finalists[0]!.loss);
    // The answer of the probabilities is one of them, and none is likelier.
    const policy = finalists.find(({ architecture }) => architecture === states.at(-1)!.architecture)!;
    expect(Math.max(...finalists.map((one) => one.logProbability))).toBe(policy.logProbability);
    expect(record.steps.map(({ label }) => label)).toEqual(['epoch 1', 'epoch 2', 'comparison']);
    expect(gradientDetailOf(readSearchRecord(JSON.parse(JSON.stringify(record))))).toEqual(
      gradientDetailOf(record),
    );
    const other = await search({ answer: 'best' }, { threads: 3 });
    expect(gradientDetailOf(other)).toEqual(gradientDetailOf(record));
  });

  it('learns the same as with the answer policy, whose record has no finalists', async () => {
    const best = gradientDetailOf(await search({ answer: 'best' }))!;
    const record = await search({ answer: 'policy' });
    const policy = gradientDetailOf(record)!;
    expect(policy).not.toHaveProperty('finalists');
    expect(best.states).toEqual(policy.states);
    expect(record.architecture).toBe(policy.states.at(-1)!.architecture);
  });

  it('compares what is within the constraints alone', async () => {
    const constraints = resolveConstraints(readConstraints(['params<=90K']), {
      space: nasBench201,
      images: source,
    });
    const [{ costOf }] = constraints as [(typeof constraints)[0]];
    const { finalists = [] } = gradientDetailOf(await search({ answer: 'best' }, { constraints }))!;
    expect(finalists.length).toBeGreaterThan(1);
    for (const { architecture } of finalists) {
      expect(costOf(nasBench201.parse(architecture)), architecture).toBeLessThanOrEqual(90_000);
    }
  });
});
