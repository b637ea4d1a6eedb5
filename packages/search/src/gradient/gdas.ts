import { macs, params } from '@tenas/metrics/definitions';
import type { Ask } from '../ask.js';
import type { Strategy } from '../strategy.js';
import { type EdgeSums, gumbelDraw, gumbelGradient, meanGradient, tauAt } from './gumbel.js';
import type { LearningMethod } from './learning.js';
import { type CompleteGdas, completeGdas, type GdasSettings, gdasSettings } from './settings.js';

/**
 * The method of GDAS: each batch runs one drawn operation per edge, and the gradient of the draw is that of a softmax with
 * temperature. Weights and architecture draw separately.
 */
export function gdasMethod(
  ask: Pick<Ask, 'random'>,
  settings: Pick<CompleteGdas, 'epochs' | 'tauMax' | 'tauMin' | 'estimator' | 'draws'>,
): LearningMethod {
  const { epochs, estimator, draws } = settings;
  const forWeights = ask.random('draws of weights');
  const forArchitecture = ask.random('draws of the architecture');
  const tau = (epoch: number) => tauAt(epoch, epochs, settings);
  return {
    passes: draws,
    tau,
    coefficients: (alphas, paths, epoch) =>
      paths.ofNumbers(gumbelDraw(alphas.values, tau(epoch), forWeights).numbers),
    async gradient(alphas, training, epoch) {
      const now = tau(epoch);
      const drawn = Array.from({ length: draws }, () => gumbelDraw(alphas.values, now, forArchitecture));
      const coefficients = drawn.map(({ numbers }) => training.paths.ofNumbers(numbers));
      const outcomes = await training.architectureStep(coefficients, { sums: estimator === 'G-S' });
      const gradients = drawn.map((draw, place) => {
        const { gradient, sums } = outcomes[place]!;
        const product = draw.numbers.map((number, decision) => gradient[decision]![number]!);
        const of: EdgeSums = { product, gradient: sums ?? product.map(() => 0) };
        return gumbelGradient(draw, of, { tau: now, estimator });
      });
      const mean = (pick: (outcome: { loss: number; accuracy: number }) => number) =>
        outcomes.reduce((sum, outcome) => sum + pick(outcome), 0) / draws;
      return {
        gradient: meanGradient(gradients),
        outcome: { loss: mean(({ loss }) => loss), accuracy: mean(({ accuracy }) => accuracy) },
      };
    },
  };
}

/**
 * GDAS (Dong and Yang, CVPR 2019, arXiv 1910.04465): weights of a supernet and the values of its operations learn together,
 * by gradient, and of each edge one operation runs at a time, drawn by Gumbel noise.
 */
export const gdas: Strategy<GdasSettings> = {
  name: 'gdas',
  title: 'learn operations by gradient in a supernet that runs one drawn operation per edge (GDAS)',
  paper: 'Dong and Yang, CVPR 2019, arXiv 1910.04465',
  needs: ['supernet', 'labels'],
  metrics: [params.name, macs.name],
  settings: gdasSettings,
  presets: {
    quick: {
      what: 'a narrow supernet of one cell per stage, 10,000 images at most; where every edge of a cell stays, images of 16x16, 40 epochs, the first 20 for weights alone, then 64 drawn networks that are trained on in rounds',
      cost: 'about 3 minutes on two cores',
    },
    published: {
      what: 'the numbers of the published code: 16 channels, 250 epochs over all images',
      cost: 'days on two cores',
    },
  },
  complete: (given, { space }) => ({ settings: completeGdas(given, space) }),
  async run(ask, given) {
    const { learnArchitecture } = await import('./learn-architecture.js');
    const settings = completeGdas(given, ask.space);
    return await learnArchitecture(ask, settings, gdasMethod(ask, settings));
  },
};
