import { kernelMetric } from './kernel.js';

/**
 * Mean entry of the empirical neural tangent kernel at initialisation, higher is better (KNAS, arXiv 2111.13293, for the
 * gradient of the outputs in place of the loss).
 */
export const ntkMean = kernelMetric(
  {
    name: 'ntk-mean',
    title: 'mean of the neural tangent kernel',
    paper: 'Xu, Zhao, Lin, Gao, Sun and Yang, ICML 2021, arXiv 2111.13293',
    about: 'How much a small step of training on one image moves the answers on the others, on average.',
  },
  (kernel) => kernel.reduce((sum, entry) => sum + entry, 0) / kernel.length,
);
