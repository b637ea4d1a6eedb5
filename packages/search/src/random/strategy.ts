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

const settings = z.strictObject({
  samples: z.int().min(1).max(10_000_000).default(100).describe('architectures that are drawn and scored'),
  ...optionalFrontFields,
  ...objectiveFields,
  ...compareFields,
  ...shortlistFields,
});

/** Architectures that are scored in a step: enough to keep the engine busy. */
const PER_STEP = 25;

/**
 * Random search: architectures drawn uniformly and without repetition, the best by the metrics. What every other
 * strategy has to beat (Li and Talwalkar, UAI 2019, arXiv 1902.07638).
 */
export const random: Strategy<z.output<typeof settings>> = {
  name: 'random',
  title: 'the best of architectures drawn at random',
  paper: 'Li and Talwalkar, UAI 2019, arXiv 1902.07638',
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
    const { samples, repeats } = settings;
    const shortlist = new Shortlist(ask, settings, { repeats });
    const history = comparedHistory(ask, settings);
    const objectives = ObjectivePopulation.beside(ask, settings);
    const metrics = objectives?.metrics ?? ask.metrics;
    const architectures = distinctFeasible(ask, samples);
    const scored: Best[] = [];
    const starts = Array.from(
      { length: Math.ceil(architectures.length / PER_STEP) },
      (_, step) => step * PER_STEP,
    );
    ask.plan(
      shortlist.planned({
        steps: starts.map((start) => Math.min(PER_STEP, architectures.length - start)),
        cost: evaluationCost(ask, metrics) * repeats,
        text: `${architectures.length} architectures`,
      }),
    );
    ask.describe(() => ({ samples: architectures.length }));
    for (const [step, start] of starts.entries()) {
      await ask.step(`samples ${step + 1}`, async ({ tell }) => {
        const some = architectures.slice(start, start + PER_STEP);
        for (const [place, scores] of (await ask.score(some, { repeats, metrics })).entries()) {
          history.add(scores);
          objectives?.add(some[place]!, scores);
          scored.push({ architecture: some[place]!, scores });
        }
        tell({ best: scored[history.best]! });
      });
    }
    const best = await shortlist.best(scored[history.best]!, () =>
      history.ranking().map((place) => scored[place]!),
    );
    return { ...best, front: objectives?.front() };
  },
};
