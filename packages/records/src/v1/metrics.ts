import type { MetricInfo } from '../scores.js';

// Documents of version 1 say nothing of their metrics but their values: what they were called and what they meant.

/** Names of metrics, by the words that version 1 had for them. */
export const METRICS_OF_V1 = {
  conditionNumber: 'ntk',
  kappa: 'ntk',
  ntk: 'ntk',
  regions: 'regions',
  params: 'params',
  flops: 'macs',
} as const;

/** Description of a metric that version 1 implied. @param settings that its document holds */
export function metricOfV1(
  name: (typeof METRICS_OF_V1)[keyof typeof METRICS_OF_V1],
  settings: Readonly<Record<string, unknown>> = {},
): MetricInfo {
  return { name, ...KNOWN[name], settings };
}

const KNOWN = {
  ntk: {
    title: 'condition number of the neural tangent kernel',
    better: 'lower',
    symbol: 'κ',
    about:
      'How evenly a network can learn. The untrained network is asked how its answers on a batch of images would move under one small step of training. If all directions are about equally easy, κ is small and training goes smoothly; if some are thousands of times easier than others, κ is large and training stalls. It is the largest over the smallest eigenvalue of the neural tangent kernel.',
  },
  regions: {
    title: 'number of linear regions',
    better: 'higher',
    symbol: 'R',
    about:
      'How finely a network can tell inputs apart. A network of ReLUs is a patchwork of flat pieces. R counts how many different pieces a few thousand random inputs fall into: more pieces, more complicated functions it can express.',
  },
  params: { title: 'parameters', better: 'higher' },
  macs: { title: 'multiply-adds', better: 'higher' },
} as const satisfies Readonly<Record<string, Omit<MetricInfo, 'name' | 'settings'>>>;
