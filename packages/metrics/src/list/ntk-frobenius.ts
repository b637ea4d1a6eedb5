import { kernelMetric } from './kernel.js';

/**
 * Frobenius norm of the empirical neural tangent kernel at initialisation, higher is better (KNAS, arXiv 2111.13293, which
 * compares norms of Gram matrices of gradients): root of the sum of the squares of its eigenvalues.
 */
export const ntkFrobenius = kernelMetric(
  {
    name: 'ntk-frobenius',
    title: 'Frobenius norm of the neural tangent kernel',
    paper: 'Xu, Zhao, Lin, Gao, Sun and Yang, ICML 2021, arXiv 2111.13293',
    about: 'How large the neural tangent kernel is, where the fastest directions of learning count most.',
  },
  (kernel) => Math.sqrt(kernel.reduce((sum, entry) => sum + entry ** 2, 0)),
);
