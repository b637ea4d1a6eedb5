import { macs, params } from '@tenas/metrics/definitions';
import type { Strategy } from '../strategy.js';
import { mixtureGradient } from './alphas.js';
import type { LearningMethod } from './learning.js';
import { completeMixture, type MixtureSettings, mixtureSettings } from './settings.js';

/** The method of first-order DARTS: all operations of an edge run, weighted by the softmax of their values. */
export const mixtureMethod: LearningMethod = {
  passes: 1,
  tau: () => null,
  coefficients: (alphas, paths) => paths.ofWeights(alphas.probabilities),
  async gradient(alphas, training) {
    const { probabilities } = alphas;
    const [outcome] = await training.architectureStep([training.paths.ofWeights(probabilities)], {
      sums: false,
    });
    return { gradient: mixtureGradient(probabilities, outcome!.gradient), outcome: outcome! };
  },
};

/**
 * First-order DARTS (Liu, Simonyan and Yang, ICLR 2019, arXiv 1806.09055): each edge is a mixture of all of its operations,
 * whose weights learn by gradient on validation images, in turns with the weights of the network.
 */
export const dartsGradient: Strategy<MixtureSettings> = {
  name: 'darts-gradient',
  title: 'learn a mixture of all operations by gradient (first order)',
  paper: 'Liu, Simonyan and Yang, ICLR 2019, arXiv 1806.09055',
  needs: ['supernet', 'labels'],
  metrics: [params.name, macs.name],
  settings: mixtureSettings,
  presets: {
    quick: {
      what: 'a narrow supernet of one cell per stage, 10,000 images at most, 30 epochs, the first half for weights alone',
      cost: 'about a minute on two cores, minutes where a space has two cells',
    },
    published: {
      what: 'the numbers of the published searches: 16 channels, 50 epochs over all images',
      cost: 'days on two cores',
    },
  },
  complete: (given, { space }) => ({ settings: completeMixture(given, space) }),
  async run(ask, given) {
    const { learnArchitecture } = await import('./learn-architecture.js');
    return await learnArchitecture(ask, completeMixture(given, ask.space), mixtureMethod);
  },
};
