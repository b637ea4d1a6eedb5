import { plural, TenasError } from '@tenas/base';
import { shrinksTo, shrunkImages } from '@tenas/data';
import { graphCost } from '@tenas/graph';
import { nativeInfo } from '@tenas/native';
import type { GradientDetail } from '@tenas/records';
import { type Domain, requireSupernet, type SpaceSupernet } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import { type FeasibleArchitectures, lossOf } from '../constraints/feasible-architectures.js';
import { supernetFeasible } from '../constraints/supernet-feasible.js';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Found } from '../strategy.js';
import { operationParams } from '../supernet-training/operation-params.js';
import { SupernetInTraining } from '../supernet-training/supernet-in-training.js';
import { Alphas } from './alphas.js';
import { CostPenalty } from './cost-penalty.js';
import { drawnFinalists, type JudgedFinalist, judgedFinalists, recordedFinalists } from './finalists.js';
import { type FinetunedFinalist, finetunedFinalists, finetuningRounds } from './finetuned-finalists.js';
import { decodedDomain, likelyDomains } from './genotype.js';
import type { LearningMethod } from './learning.js';
import type { CompleteLearning } from './settings.js';

const BETAS = [0.5, 0.999] as const;
/** States of the architecture that the record holds at most. */
const MOST_STATES = 100;
/** Passes through a network in a step: one forward, one backward that costs about two. */
const PASSES = 3;

/**
 * Trains a supernet and learns its architecture by turns, batch by batch, as a method says. The answer is what the values
 * decide for after the last epoch, or of some architectures that are drawn by them the one with the lowest loss.
 */
export async function learnArchitecture(
  ask: Ask,
  settings: CompleteLearning,
  method: LearningMethod,
): Promise<Found> {
  const { space } = ask;
  const supernet = requireSupernet(space, 'learning by gradient');
  const { epochs, genotype: rule, alphaRate, alphaDecay, warmup, answer, finetune, side } = settings;
  const shortlist = new Shortlist(ask, settings, { repeats: 0 });
  const feasible = supernetFeasible(ask, supernet, rule === 'pairs');
  const penalty = feasible === null ? null : new CostPenalty(supernet, feasible, settings.penalty);
  await using training = await SupernetInTraining.open({
    ...{ space, seed: ask.seed, signal: ask.signal, engine: ask.engine },
    source: shrinksTo(ask.source, side) ? shrunkImages(ask.source, side) : ask.source,
    task: settings.task,
    augmentation: settings.augment ? undefined : { padding: 0, flip: false, cutout: 0 },
    settings,
  });
  const { paths, stepsPerEpoch, graph } = training;
  const alphas = new Alphas(paths.decisions, ask.random('first values'), {
    rate: alphaRate,
    betas: BETAS,
    weightDecay: alphaDecay,
  });
  const params = operationParams(graph);
  const withWeights = new Set(
    graph.slots.filter((_, slot) => params[slot]!.some(({ kind }) => kind === 'convWeight')),
  );
  const parameterFree = (domain: Domain) =>
    Object.entries(domain).flatMap(([decision, open]) =>
      open.filter((choice) => !withWeights.has(`${decision}/${choice}`)),
    ).length;
  /** What probabilities decide for; where a constraint refuses it, the likeliest feasible architecture. */
  const decided = (probabilities: readonly Float64Array[]) => {
    const domain = decodedDomain(supernet, probabilities, rule);
    const architecture = supernet.architectureOf(domain);
    if (feasible === null || ask.allowed(architecture)) return { domain, architecture };
    const other = likeliestFeasible(supernet, feasible, probabilities);
    return { domain: supernet.domainOf(other), architecture: other };
  };
  const states: GradientDetail['states'][number][] = [];
  const stride = Math.ceil(epochs / MOST_STATES);
  const { trainingImages, validationImages } = training;
  let finalists: readonly (JudgedFinalist & Partial<FinetunedFinalist>)[] = [];
  let finetuning: GradientDetail['finetuning'] | null = null;
  ask.describe(
    (): GradientDetail => ({
      decisions: paths.decisions.map(({ name, choices }) => ({ name, choices: [...choices] })),
      images: { training: trainingImages, validation: validationImages },
      steps: training.steps,
      states,
      ...(finetuning === null ? {} : { finetuning }),
      ...(answer === 'best' ? { finalists: recordedFinalists(space, finalists) } : {}),
    }),
  );
  const { macs } = graphCost(graph, method.coefficients(alphas, paths, 0));
  const unitsOf = (epoch: number) => (epoch < warmup ? 1 : 1 + method.passes);
  /** Steps that cost as much as comparing one finalist, and those of the end of the search. */
  const perFinalist = Math.max(1, Math.round(validationImages / settings.batchSize / PASSES));
  const comparison = (count: number): number[] => {
    if (answer === 'policy') return [];
    if (finetune === 0) return [count * perFinalist];
    return finetuningRounds(count, settings).map((round) => round.finalists * round.steps);
  };
  const planned = (done: readonly number[], count: number, text?: string) =>
    shortlist.planned({
      steps: [...done, ...comparison(count)],
      cost: PASSES * settings.batchSize * macs,
      text,
    });
  ask.plan(
    planned(
      Array.from({ length: epochs }, (_, epoch) => stepsPerEpoch * unitsOf(epoch)),
      settings.finalists,
      `${plural(epochs, 'epoch')} of ${plural(stepsPerEpoch, 'step')}${answer === 'best' ? `, then ${plural(settings.finalists, 'finalist')}${finetune === 0 ? '' : ` in ${plural(comparison(settings.finalists).length, 'round')}`}` : ''}`,
    ),
  );
  for (let epoch = 0; epoch < epochs; epoch++) {
    await ask.step(`epoch ${epoch + 1}`, async ({ tell }) => {
      const sums = { train: 0, validation: 0, accuracy: 0 };
      const learns = epoch >= warmup;
      for (let step = 1; step <= stepsPerEpoch; step++) {
        sums.train += (await training.trainStep(method.coefficients(alphas, paths, epoch))).loss;
        if (learns) {
          const { gradient, outcome } = await method.gradient(alphas, training, epoch);
          alphas.step(penalty === null ? gradient : penalty.add(gradient, alphas.probabilities));
          sums.validation += outcome.loss;
          sums.accuracy += outcome.accuracy;
        }
        tell({ done: step * unitsOf(epoch) });
      }
      const { probabilities, entropy } = alphas;
      const { domain, architecture } = decided(probabilities);
      const free = parameterFree(domain);
      const tau = method.tau(epoch);
      const accuracy = learns ? sums.accuracy / stepsPerEpoch : null;
      if ((epoch + 1) % stride === 0 || epoch === epochs - 1) {
        states.push({
          epoch: epoch + 1,
          tau,
          entropy,
          trainLoss: sums.train / stepsPerEpoch,
          validationLoss: learns ? sums.validation / stepsPerEpoch : null,
          validationAccuracy: accuracy,
          parameterFree: free,
          architecture: space.format(architecture),
          probabilities: probabilities.map((chances) => [...chances]),
        });
      }
      const said = [
        ...(tau === null ? [] : [`tau ${tau.toFixed(2)}`]),
        `entropy ${entropy.toFixed(3)}`,
        `loss ${(sums.train / stepsPerEpoch).toFixed(2)}`,
        accuracy === null ? 'weights alone' : `validation accuracy ${(100 * accuracy).toFixed(1)} %`,
        `${plural(free, 'operation')} without weights`,
      ];
      tell({ best: { architecture, scores: {} }, text: said.join(', ') });
    });
  }
  const { probabilities } = alphas;
  const first = decided(probabilities);
  const { architecture } = first;
  if (answer === 'best') {
    const learnt = { supernet, probabilities, rule };
    const draw = () =>
      drawnFinalists(ask, learnt, {
        ...{ first, feasible, count: settings.finalists, random: ask.random('finalists') },
      });
    if (finetune > 0) {
      const drawn = await draw();
      if (drawn.length < settings.finalists) ask.plan(planned([], drawn.length));
      finetuning = { judge: settings.judge, rounds: finetuningRounds(drawn.length, settings) };
      const options = { ...settings, threads: ask.engine.threads ?? nativeInfo().hardwareThreads };
      await finetunedFinalists(ask, training, learnt, drawn, options, (judged) => {
        finalists = judged;
      });
    } else {
      await ask.step('comparison', async ({ tell }) => {
        await judgedFinalists(training, learnt, await draw(), (judged) => {
          finalists = [...judged];
          tell({
            done: judged.length * perFinalist,
            best: { architecture: judged[0]!.architecture, scores: {} },
            text: `the best of ${plural(judged.length, 'architecture')} has a loss of ${judged[0]!.loss.toFixed(3)} under these weights, and an accuracy of ${(100 * judged[0]!.accuracy).toFixed(1)} %`,
          });
        });
      });
    }
    const ranked = finalists.map((one) => ({ architecture: one.architecture }));
    return await shortlist.best(ranked[0]!, () => ranked);
  }
  return await shortlist.best({ architecture }, () => [
    { architecture },
    ...likelyDomains(supernet, probabilities, { rule, count: 2 * shortlist.size }).map((domain) => ({
      architecture: supernet.architectureOf(domain),
    })),
  ]);
}

/** @throws TenasError `NOTHING_FOUND` where none was found: costs are no sums, and the space is large */
function likeliestFeasible(
  { decisions }: Pick<SpaceSupernet, 'decisions'>,
  feasible: FeasibleArchitectures,
  probabilities: readonly Float64Array[],
): object {
  const chances = new Map(
    decisions.flatMap(({ name, choices }, place) =>
      choices.map((choice, number) => [`${name}/${choice}`, probabilities[place]![number]!]),
    ),
  );
  const found = feasible.best((name, choice) => lossOf(chances.get(`${name}/${choice}`)!));
  if (found !== null) return found;
  throw new TenasError('NOTHING_FOUND', 'constraints: no architecture within them was found; loosen them', {
    field: 'constraints',
  });
}
