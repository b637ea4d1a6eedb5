import { mean, plural } from '@tenas/base';
import type { AgentsDetail } from '@tenas/records';
import { requireSupernet, type Space } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import { architectureOf } from '../drawn-architecture.js';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Found } from '../strategy.js';
import { SupernetInTraining } from '../supernet-training/supernet-in-training.js';
import { supernetSize } from '../supernet-training/supernet-size.js';
import { AgentStates } from './agent-states.js';
import type { AgentsOf } from './agents.js';
import { cellCopies } from './cell-copies.js';
import { RankLosses, RawLosses } from './losses.js';
import { Players } from './players.js';
import { type ManasSettings, roundsOf } from './settings.js';

/** Passes forward that a step of training costs, and with it the validation batch of the round. */
const ROUND_PASSES = 4;

/** A network that the agents chose, under the weights in the end. */
interface Finalist {
  readonly architecture: object;
  readonly accuracy: number;
  readonly loss: number;
}

/**
 * MANAS: in each round the agents choose a network of the supernet, a batch trains its weights, and all agents hear its
 * loss on a batch of held-out images with the new weights. Resumed, the search begins again: same seed, same bits.
 */
export async function searchByTraining(
  ask: Ask,
  settings: ManasSettings,
  { make, rate }: AgentsOf,
): Promise<Found> {
  const { space, source } = ask;
  const { scale, epochs, warmup, answer, repeats, batchSize } = settings;
  const shortlist = new Shortlist(ask, settings, { repeats });
  const supernet = requireSupernet(space, 'a strategy that trains one');
  const copies =
    settings.agents === 'shared'
      ? null
      : cellCopies(supernet.decisions, supernet.build(supernetSize(supernet, source, settings)).graph);
  const players = new Players(ask, copies);
  const rounds = roundsOf(settings, source);
  const window = settings.window === 0 ? Number.POSITIVE_INFINITY : settings.window;
  const losses = scale === 'rank' ? new RankLosses(window) : new RawLosses(window, Math.log(source.classes));
  const agents = make(
    players.decisions.map(({ choices }) => choices.length),
    losses,
  );
  const states = new AgentStates(players.decisions, { agents, losses, steps: epochs - warmup });
  const uniform = players.decisions.map(({ choices }) =>
    new Float64Array(choices.length).fill(1 / choices.length),
  );
  const chance = ask.random('draws');
  /** The networks that were drawn last, each once, the last one at the end. */
  const seen = new Map<string, object>();
  const finalists: Finalist[] = [];
  const policy = () => architectureOf(space, players.preferred(states.probabilities));
  ask.describe((): AgentsDetail => {
    const preferred = states.rounds === 0 ? null : allowedOf(ask, policy());
    const best = finalists[0];
    return {
      loss: 'validation',
      ...states.detail,
      finalists: finalists.map((one) => ({ ...one, architecture: space.format(one.architecture) })),
      answers: {
        policy: preferred === null ? null : space.format(preferred),
        best: best === undefined || copies !== null ? null : space.format(best.architecture),
      },
    };
  });

  await using training = await SupernetInTraining.open({
    ...{ space, source, seed: ask.seed, signal: ask.signal, engine: ask.engine, settings },
    supernet: copies?.supernet,
  });
  const { paths, stepsPerEpoch, validationImages } = training;
  const compared = 1 + (copies === null ? settings.finalists : 0);
  /** Rounds that cost as much as comparing one network. */
  const perFinalist = Math.max(1, Math.round(validationImages / batchSize / ROUND_PASSES));
  const { macs } = space.costs(space.sizes.proxy(source)).of(space.parse(space.example));
  ask.plan(
    shortlist.planned({
      steps: [...Array.from({ length: epochs }, () => stepsPerEpoch), compared * perFinalist],
      cost: macs * batchSize * ROUND_PASSES,
      text: `${plural(rounds, 'round')} of ${plural(players.decisions.length, 'agent')} in ${plural(epochs, 'epoch')}`,
    }),
  );

  for (let epoch = 1; epoch <= epochs; epoch++) {
    await ask.step(`epoch ${epoch}`, async ({ tell }) => {
      if (epoch <= warmup) {
        for (let round = 0; round < stepsPerEpoch; round++) {
          await training.trainStep(paths.ofChoices(players.draw(uniform, chance, rate).path));
          tell({ done: round + 1 });
        }
        tell({ text: 'warm-up of the weights' });
        return;
      }
      const measured: number[] = [];
      for (let round = 0; round < stepsPerEpoch; round++) {
        const played = players.draw(states.probabilities, chance, rate);
        const path = paths.ofChoices(played.path);
        await training.trainStep(path);
        const { loss } = await training.validationStep(path);
        losses.add(loss);
        measured.push(loss);
        states.learn(played);
        if (played.architecture !== null)
          remember(seen, space.format(played.architecture), played.architecture);
        tell({ done: round + 1, ...preferredIn(space, policy()) });
      }
      const old = Math.max(0, seen.size - settings.finalists);
      for (const text of [...seen.keys()].slice(0, old)) seen.delete(text);
      states.keep(epoch === epochs);
      tell({ text: `loss ${mean(measured).toFixed(3)}, ${states.text}` });
    });
  }

  const preferred = allowedOf(ask, policy());
  const candidates = new Map(copies === null ? seen : []);
  if (preferred !== null) candidates.set(space.format(preferred), preferred);
  await ask.step('comparison', async ({ tell }) => {
    for (const architecture of candidates.values()) {
      const [outcome] = await training.evaluate([paths.ofChoices(players.pathOf(architecture))]);
      finalists.push({ architecture, ...outcome! });
      tell({ done: Math.min(compared, finalists.length) * perFinalist });
    }
    finalists.sort((one, other) => other.accuracy - one.accuracy || one.loss - other.loss);
    const [best] = finalists;
    if (best !== undefined)
      tell({ text: `accuracy ${(100 * best.accuracy).toFixed(1)} % under these weights` });
  });
  const ranked = () => finalists.map(({ architecture }) => ({ architecture }));
  const [best] = finalists;
  if (answer === 'best' && best !== undefined) {
    return await shortlist.best({ architecture: best.architecture }, ranked);
  }
  const architecture = players.answer(states.probabilities);
  return await shortlist.best({ architecture }, () => [{ architecture }, ...ranked()]);
}

/** An architecture within the constraints; null: it is not, or there is none. */
function allowedOf(ask: Ask, architecture: object | null): object | null {
  return architecture !== null && ask.allowed(architecture) ? architecture : null;
}

/** Puts a network at the end of those that were seen. */
function remember(seen: Map<string, object>, text: string, architecture: object): void {
  seen.delete(text);
  seen.set(text, architecture);
}

/** The choices that the agents prefer, to show while the search runs; nothing where they make no architecture. */
function preferredIn(space: Space, architecture: object | null) {
  return architecture === null ? {} : { bestChoices: space.choicesOf(architecture) };
}
