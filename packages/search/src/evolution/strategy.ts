import { plural } from '@tenas/base';
import { DEFAULT_OBJECTIVE } from '@tenas/metrics/definitions';
import { z } from 'zod';
import type { Best } from '../ask.js';
import { comparedHistory, compareFields } from '../compared-history.js';
import { distinctFeasible } from '../distinct-architectures.js';
import { evaluationCost } from '../evaluation-cost.js';
import { frontFlags, optionalFrontFields } from '../front/fields.js';
import { ObjectivePopulation } from '../front/population.js';
import { objectiveFields } from '../objective-settings.js';
import { shortlistFields } from '../shortlist/fields.js';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Strategy } from '../strategy.js';
import { crossed, mutated } from './variation.js';

const settings = z.strictObject({
  population: z.int().min(1).max(100_000).default(50).describe('architectures that are alive'),
  sample: z
    .int()
    .min(1)
    .max(100_000)
    .default(10)
    .describe('architectures of which the best becomes a parent'),
  cycles: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(500)
    .describe('architectures that are scored in all, the first population included'),
  batch: z
    .int()
    .min(1)
    .max(100_000)
    .default(1)
    .describe('children that are made and scored together; 1 as published, more is faster'),
  crossover: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('probability that a child has two parents instead of one and a mutation'),
  ...optionalFrontFields,
  ...objectiveFields,
  ...compareFields,
  ...shortlistFields,
});

/** An architecture of the history. */
interface Individual extends Best {
  /** Places of its parents in the history; none in the first population. */
  readonly parents: readonly number[];
}

/**
 * Regularised evolution (Real et al., AAAI 2019, arXiv 1802.01548, algorithm 1): the best of a few architectures of the
 * population, drawn at random with replacement, has a child that differs in one decision, and the oldest dies. Found is
 * the best that ever lived. What is best follows from one metric, or from the ranks by several among all architectures
 * so far.
 */
export const evolution: Strategy<z.output<typeof settings>> = {
  name: 'evolution',
  title: 'regularised evolution: mutate the fittest of a few, let the oldest die',
  paper: 'Real, Aggarwal, Huang and Le, AAAI 2019, arXiv 1802.01548',
  needs: [],
  metrics: [DEFAULT_OBJECTIVE],
  settings,
  flags: frontFlags,
  complete(settings, about) {
    // Before any work: whether the metrics are there that have to decide.
    comparedHistory(about, settings);
    return { settings };
  },
  async run(ask, settings) {
    const { population, sample, cycles, batch, crossover, repeats } = settings;
    const { space } = ask;
    const shortlist = new Shortlist(ask, settings, { repeats });
    const history = comparedHistory(ask, settings);
    const objectives = ObjectivePopulation.beside(ask, settings);
    const metrics = objectives?.metrics ?? ask.metrics;
    const chance = ask.random('variation');
    const individuals: Individual[] = [];
    const first = distinctFeasible(ask, Math.min(population, cycles));
    const generations = Math.ceil((cycles - first.length) / population);
    ask.plan(
      shortlist.planned({
        steps: [
          first.length,
          ...Array.from({ length: generations }, (_, generation) =>
            Math.min(population, cycles - first.length - generation * population),
          ),
        ],
        cost: evaluationCost(ask, metrics) * repeats,
        text: `${plural(cycles, 'architecture')}, ${first.length} of them drawn at random`,
      }),
    );
    ask.describe(() => ({
      history: individuals.map(({ architecture, parents }) => ({
        architecture: space.format(architecture),
        parents,
      })),
    }));

    const add = async (some: readonly Omit<Individual, 'scores'>[]): Promise<Best> => {
      const scored = await ask.score(
        some.map(({ architecture }) => architecture),
        { repeats, metrics },
      );
      for (const [place, scores] of scored.entries()) {
        history.add(scores);
        objectives?.add(some[place]!.architecture, scores);
        individuals.push({ ...some[place]!, scores });
      }
      return individuals[history.best]!;
    };
    /** The best of some that are alive: the last ones of the history, as many as the first population has. */
    const fittest = (): number => {
      const oldest = individuals.length - first.length;
      return history.bestOf(Array.from({ length: sample }, () => oldest + chance.below(first.length)));
    };
    const child = (): Omit<Individual, 'scores'> => {
      const parent = fittest();
      const { architecture } = individuals[parent]!;
      if (crossover > 0 && chance.unit() < crossover) {
        const other = fittest();
        const made = crossed(ask, [architecture, individuals[other]!.architecture], chance);
        if (made !== null) return { architecture: made, parents: [parent, other] };
      }
      return { architecture: mutated(ask, architecture, chance), parents: [parent] };
    };

    await ask.step('first population', async ({ tell }) => {
      tell({ best: await add(first.map((architecture) => ({ architecture, parents: [] }))) });
    });
    for (let generation = 1; generation <= generations; generation++) {
      await ask.step(`generation ${generation}`, async ({ tell }) => {
        const end = Math.min(cycles, first.length + generation * population);
        while (individuals.length < end) {
          const children = Array.from({ length: Math.min(batch, end - individuals.length) }, child);
          tell({ best: await add(children) });
        }
      });
    }
    const best = await shortlist.best(individuals[history.best]!, () =>
      history.ranking().map((place) => {
        const { architecture, scores } = individuals[place]!;
        return { architecture, scores };
      }),
    );
    return { ...best, front: objectives?.front() };
  },
};
