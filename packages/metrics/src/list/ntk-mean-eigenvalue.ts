import { kernelMetric, traceOf } from './kernel.js';

/**
 * Mean eigenvalue of the empirical neural tangent kernel at initialisation, higher is better: its trace over the number of
 * images, so that batches of different sizes compare (NASI, arXiv 2109.00817).
 */
export const ntkMeanEigenvalue = kernelMetric(
  {
    name: 'ntk-mean-eigenvalue',
    title: 'mean eigenvalue of the neural tangent kernel',
    paper: 'Shu, Cai, Dai, Ooi and Low, ICLR 2022, arXiv 2109.00817',
    about: 'How fast an untrained network learns on average over all directions of its answers.',
  },
  (kernel, n) => traceOf(kernel, n) / n,
);
