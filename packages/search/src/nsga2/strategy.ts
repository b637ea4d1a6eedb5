import { plural } from '@tenas/base';
import { DEFAULT_OBJECTIVE } from '@tenas/metrics/definitions';
import { z } from 'zod';
import { distinctFeasible } from '../distinct-architectures.js';
import { evaluationCost } from '../evaluation-cost.js';
import { crossed, mutated } from '../evolution/variation.js';
import { cheapestIsomorphic } from '../front/cheapest-isomorphic.js';
import { frontFields, frontFlags } from '../front/fields.js';
import { ObjectivePopulation } from '../front/population.js';
import { objectiveFields } from '../objective-settings.js';
import { shortlistFields } from '../shortlist/fields.js';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Found, Strategy } from '../strategy.js';
import { type Survivor, survivors, tournament } from './selection.js';
import { UnseenArchitectures } from './unseen.js';

const settings = z.strictObject({
  ...frontFields,
  population: z.int().min(2).max(100_000).default(50).describe('architectures that are alive'),
  evaluations: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(1000)
    .describe('different networks that are evaluated in all, the first population included'),
  crossover: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe('probability that a child has two parents instead of one and a mutation'),
  mutation: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('probability that a child of two parents is mutated too'),
  ...objectiveFields,
  ...shortlistFields,
});

/** A child, or an architecture of the first population, before it is evaluated. */
interface Made {
  readonly architecture: object;
  /** Places of its parents in the history; none of architectures that were drawn. */
  readonly parents: readonly number[];
}

/**
 * NSGA-II (Deb, Pratap, Agarwal and Meyarivan, IEEE TEC 6 (2002) 182-197) on the decisions of any space: parents win binary
 * tournaments by front and crowding distance, children come of uniform crossover and of mutation of one decision, and the
 * best fronts of parents and children survive. No network is evaluated twice: a child that was seen before is made again;
 * of isomorphic architectures the cheapest stands for all.
 * Found is the front of all that were evaluated; as the one architecture of the record, the best by the first objective.
 */
export const nsga2: Strategy<z.output<typeof settings>> = {
  name: 'nsga2',
  title: 'the front of several objectives: the least dominated and least crowded have children',
  paper: 'Deb, Pratap, Agarwal and Meyarivan, IEEE Transactions on Evolutionary Computation 6 (2002) 182-197',
  needs: [],
  metrics: [DEFAULT_OBJECTIVE],
  settings,
  flags: frontFlags,
  async run(ask, settings) {
    const { population: size, evaluations, crossover, mutation, repeats } = settings;
    const { space } = ask;
    const shortlist = new Shortlist(ask, settings, { repeats });
    const population = ObjectivePopulation.ofFront(ask, settings);
    const { metrics } = population;
    const chance = ask.random('variation');
    const unseen = new UnseenArchitectures(ask, chance);
    const parentsOf: (readonly number[])[] = [];
    const cheapest = cheapestIsomorphic(ask, population.objectives);
    const first = distinctFeasible(ask, Math.min(size, evaluations)).map(cheapest);
    const generations = Math.ceil((evaluations - first.length) / size);
    ask.plan(
      shortlist.planned({
        steps: [
          first.length,
          ...Array.from({ length: generations }, (_, generation) =>
            Math.min(size, evaluations - first.length - generation * size),
          ),
        ],
        cost: evaluationCost(ask, metrics) * repeats,
        text: `${plural(evaluations, 'network')}, ${first.length} of them drawn at random`,
      }),
    );
    ask.describe(() => ({
      history: parentsOf.map((parents, place) => ({
        architecture: space.format(population.at(place).architecture),
        parents,
      })),
    }));

    const evaluate = async (label: string, made: readonly Made[]): Promise<void> => {
      await ask.step(label, async ({ tell }) => {
        const architectures = made.map(({ architecture }) => architecture);
        const scores = metrics.length === 0 ? [] : await ask.score(architectures, { repeats, metrics });
        for (const [place, { architecture, parents }] of made.entries()) {
          unseen.add(architecture);
          population.add(architecture, scores[place] ?? {});
          parentsOf.push(parents);
        }
        const front = population.frontPlaces();
        tell({
          done: made.length,
          best: population.at(front[0] ?? 0),
          text: `${plural(front.length, 'architecture')} on the front`,
        });
      });
    };
    /** The best of some places, by front and crowding. */
    const selected = (places: readonly number[]): Survivor[] => {
      const solutions = places.map((place) => population.solution(place));
      return survivors(solutions, size).map((one) => ({ ...one, place: places[one.place]! }));
    };
    const child = (alive: readonly Survivor[]): Made => {
      const { place } = tournament(alive, chance);
      const { architecture } = population.at(place);
      if (chance.unit() < crossover) {
        const other = tournament(alive, chance).place;
        const made = crossed(ask, [architecture, population.at(other).architecture], chance);
        if (made !== null) {
          const altered = chance.unit() < mutation ? mutated(ask, made, chance) : made;
          return { architecture: altered, parents: [place, other] };
        }
      }
      return { architecture: mutated(ask, architecture, chance), parents: [place] };
    };

    await evaluate(
      'first population',
      first.map((architecture) => ({ architecture, parents: [] })),
    );
    let alive = selected([...first.keys()]);
    for (let generation = 1; population.length < evaluations; generation++) {
      const before = population.length;
      const count = Math.min(size, evaluations - before);
      const children = unseen
        .several(count, () => child(alive))
        .map((made) => ({ ...made, architecture: cheapest(made.architecture) }));
      // The space is used up.
      if (children.length === 0) break;
      await evaluate(`generation ${generation}`, children);
      const born = children.map((_, place) => before + place);
      alive = selected([...alive.map(({ place }) => place), ...born]);
    }
    const found = (place: number): Found => {
      const { architecture, scores } = population.at(place);
      const hasAll = ask.metrics.every(({ metric }) => scores[metric.name] !== undefined);
      return { architecture, scores: hasAll ? scores : undefined };
    };
    const ranking = population.ranking();
    const best = await shortlist.best(found(ranking[0]!), () => ranking.map(found));
    return { ...best, front: population.front() };
  },
};
