import { plural } from '@tenas/base';
import type { AgentsDetail } from '@tenas/records';
import type { Ask, Best } from '../ask.js';
import { drawActions, likeliest } from '../choice-probabilities.js';
import { architectureOf, drawnArchitecture, likeliestArchitecture } from '../drawn-architecture.js';
import { evaluationCost } from '../evaluation-cost.js';
import { historyFor } from '../objective-settings.js';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Found } from '../strategy.js';
import { AgentStates } from './agent-states.js';
import type { AgentsOf } from './agents.js';
import { PopulationLosses } from './population-losses.js';
import type { ManasSettings } from './settings.js';

/** Rounds of a step of the record. */
const PER_STEP = 25;

/** MANAS without training: the agents hear how their network ranks by the metrics among those before. */
export async function searchByMetrics(
  ask: Ask,
  settings: ManasSettings,
  { make, rate }: AgentsOf,
): Promise<Found> {
  const { rounds, repeats, answer } = settings;
  const { space } = ask;
  const shortlist = new Shortlist(ask, settings, { repeats });
  const history = historyFor(ask, settings);
  const losses = new PopulationLosses(history);
  const agents = make(
    space.decisions.map(({ choices }) => choices.length),
    losses,
  );
  const lengths = Array.from({ length: Math.ceil(rounds / PER_STEP) }, (_, step) =>
    Math.min(PER_STEP, rounds - step * PER_STEP),
  );
  const states = new AgentStates(space.decisions, { agents, losses, steps: lengths.length });
  const chance = ask.random('draws');
  const scored: Best[] = [];
  ask.plan(
    shortlist.planned({
      steps: lengths,
      cost: evaluationCost(ask, ask.metrics) * repeats,
      text: `${plural(rounds, 'round')} of ${plural(space.decisions.length, 'agent')}`,
    }),
  );
  const policy = () => architectureOf(space, likeliest(states.probabilities));
  ask.describe((): AgentsDetail => {
    const likely = states.rounds === 0 ? null : policy();
    const preferred = likely !== null && ask.allowed(likely) ? likely : null;
    return {
      loss: 'metrics',
      ...states.detail,
      finalists: [],
      answers: {
        policy: preferred === null ? null : space.format(preferred),
        best: scored.length === 0 ? null : space.format(scored[history.best]!.architecture),
      },
    };
  });

  for (const [step, length] of lengths.entries()) {
    await ask.step(`rounds ${step + 1}`, async ({ tell }) => {
      for (let round = 0; round < length; round++) {
        const drawn = drawnArchitecture(ask, () => drawActions(states.probabilities, chance), {
          rate,
          random: chance,
        });
        const [scores] = await ask.score([drawn.architecture], { repeats });
        history.add(scores!);
        scored.push({ architecture: drawn.architecture, scores: scores! });
        states.learn(drawn);
        tell({ best: scored[history.best]! });
      }
      states.keep(step === lengths.length - 1);
      tell({ text: states.text });
    });
  }
  const ranked = () => history.ranking().map((place) => scored[place]!);
  if (answer === 'best') return await shortlist.best(scored[history.best]!, ranked);
  const architecture = likeliestArchitecture(ask, likeliest(states.probabilities), states.probabilities);
  return await shortlist.best({ architecture }, () => [{ architecture }, ...ranked()]);
}
