import { kernelMetric, traceOf } from './kernel.js';

/**
 * Trace of the empirical neural tangent kernel at initialisation, higher is better (NASI, arXiv 2109.00817, which takes the
 * root of the trace over the images, of the outputs of the images' classes; here, as for the condition number, of the sum
 * of the outputs).
 */
export const ntkTrace = kernelMetric(
  {
    name: 'ntk-trace',
    title: 'trace of the neural tangent kernel',
    paper: 'Shu, Cai, Dai, Ooi and Low, ICLR 2022, arXiv 2109.00817',
    about:
      'How far the answers of an untrained network move in one small step of training, on all images together.',
  },
  traceOf,
);
