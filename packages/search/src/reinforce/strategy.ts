import { plural } from '@tenas/base';
import { DEFAULT_OBJECTIVE } from '@tenas/metrics/definitions';
import type { PolicyDetail } from '@tenas/records';
import { z } from 'zod';
import type { Best } from '../ask.js';
import { type Draw, drawnArchitecture, likeliestArchitecture } from '../drawn-architecture.js';
import { evaluationCost } from '../evaluation-cost.js';
import { historyFor, objectiveFields, rankedBy } from '../objective-settings.js';
import { shortlistFields } from '../shortlist/fields.js';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Strategy } from '../strategy.js';
import { MovingAverage, Policy } from './policy.js';
import { ChangeRewards, RankRewards } from './rewards.js';

const settings = z.strictObject({
  cycles: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(500)
    .describe('architectures that are drawn; what was drawn before is not scored again'),
  batch: z
    .int()
    .min(1)
    .max(100_000)
    .default(1)
    .describe('architectures that are drawn and scored between two changes of the policy; 1 as published'),
  rate: z
    .number()
    .gt(0)
    .max(10)
    .default(0.04)
    .describe('step of Adam; TEG-NAS has 0.04, and 0.07 in spaces of two cells'),
  baseline: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe('momentum of the moving average of rewards that is taken off each reward'),
  reward: z
    .enum(['rank', 'change'])
    .default('rank')
    .describe(
      'what a draw earns: its worth among all so far, or as in TEG-NAS the change of each metric since the draw before, over the range of the last ones',
    ),
  window: z.int().min(2).max(100_000).default(10).describe('draws whose range counts for the reward change'),
  answer: z
    .enum(['best', 'policy'])
    .default('best')
    .describe('what is found: the best that was drawn, or the likeliest choice of each decision'),
  ...objectiveFields,
  ...shortlistFields,
});

/** Draws of a step of the record. */
const PER_STEP = 25;
/** States of the policy that the record holds at most. */
const MOST_STATES = 100;

/**
 * Policy gradient over the decisions of a space: each decision has independent probabilities for its choices, which
 * learn from what the drawn architectures are worth by the metrics (REINFORCE, Williams 1992; as the baseline of
 * NAS-Bench-201, and with the reward `change` as TEG-NAS).
 */
export const reinforce: Strategy<z.output<typeof settings>> = {
  name: 'reinforce',
  title: 'policy gradient: draw choices, make those likelier that earn more than the average',
  paper:
    'Williams, Machine Learning 1992; Chen, Gong, Chen, Liu, Yuan and Wang (TEG-NAS), arXiv 2108.11939; Dong and Yang, ICLR 2020, arXiv 2001.00326',
  needs: [],
  metrics: [DEFAULT_OBJECTIVE],
  settings,
  complete(given, about) {
    // Before any work: whether the metrics are there that have to decide.
    historyFor(about, given);
    return { settings: given };
  },
  async run(ask, given) {
    const { cycles, batch, rate, baseline, reward, window, answer, repeats, ...objective } = given;
    const { space } = ask;
    const shortlist = new Shortlist(ask, given, { repeats });
    const history = historyFor(ask, objective);
    const rewards =
      reward === 'rank'
        ? new RankRewards(history)
        : new ChangeRewards(rankedBy(ask, objective).terms.flat(), window);
    const policy = new Policy(space.decisions, ask.random('policy'));
    const average = new MovingAverage(baseline);
    const chance = ask.random('draws');
    const scored: Best[] = [];
    const states: PolicyDetail['states'][number][] = [];
    const lengths = Array.from({ length: Math.ceil(cycles / PER_STEP) }, (_, step) =>
      Math.min(PER_STEP, cycles - step * PER_STEP),
    );
    const stride = Math.ceil(lengths.length / MOST_STATES);
    ask.plan(
      shortlist.planned({
        steps: lengths,
        cost: evaluationCost(ask, ask.metrics) * repeats,
        text: `${plural(cycles, 'draw')} from a policy`,
      }),
    );
    ask.describe(
      (): PolicyDetail => ({
        decisions: space.decisions.map(({ name, choices }) => ({ name, choices: [...choices] })),
        states,
      }),
    );

    const learn = async (draws: readonly Draw[]): Promise<void> => {
      const found = await ask.score(
        draws.map(({ architecture }) => architecture),
        { repeats },
      );
      const episodes = draws.map(({ architecture, actions }, place) => {
        const scores = found[place]!;
        history.add(scores);
        scored.push({ architecture, scores });
        const earned = rewards.next(scores);
        average.add(earned);
        return { actions, advantage: earned - average.value };
      });
      policy.learn(episodes, rate);
    };
    for (const [step, length] of lengths.entries()) {
      await ask.step(`draws ${step + 1}`, async ({ tell }) => {
        const end = scored.length + length;
        while (scored.length < end) {
          const count = Math.min(batch, end - scored.length);
          await learn(
            Array.from({ length: count }, () =>
              drawnArchitecture(ask, () => policy.draw(chance), { rate: 'rate', random: chance }),
            ),
          );
          tell({ best: scored[history.best]! });
        }
        const { entropy, probabilities } = policy;
        if (step % stride === 0 || step === lengths.length - 1) {
          states.push({
            drawn: scored.length,
            entropy,
            baseline: average.value,
            probabilities: probabilities.map((chances) => [...chances]),
          });
        }
        tell({ text: `entropy ${entropy.toFixed(2)}, mean reward ${average.value.toFixed(2)}` });
      });
    }
    const ranked = () => history.ranking().map((place) => scored[place]!);
    if (answer === 'best') return await shortlist.best(scored[history.best]!, ranked);
    const architecture = likeliestArchitecture(ask, policy.likeliest, policy.probabilities);
    return await shortlist.best({ architecture }, () => [{ architecture }, ...ranked()]);
  },
};
