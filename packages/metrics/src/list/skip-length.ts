import { z } from 'zod';
import type { CountingMetric } from '../metric.js';

/**
 * How far the skip connections of the cells reach, higher is better (Cavagnero et al., WACV 2023, arXiv 2207.05135, for
 * NAS-Bench-201): mean over the edges with a skip connection of the nodes that it passes over: 0 from a node to the next one.
 * 0 where there is none.
 */
export const skipLength: CountingMetric = {
  name: 'skip-length',
  title: 'length of skip connections',
  better: 'higher',
  least: 0,
  paper: 'Cavagnero, Robbiano, Caputo and Averta, WACV 2023, arXiv 2207.05135',
  about:
    'How many nodes of a cell its skip connections pass over, on average: long ones let gradients through.',
  needs: [],
  settings: z.strictObject({}),
  onDemand: true,
  failures: { edges: 'the space has no cells with operations on their edges' },
  count({ skipSpans }) {
    const spans = skipSpans();
    if (spans === null) return { failure: 'edges' };
    return spans.length === 0 ? 0 : spans.reduce((sum, span) => sum + span, 0) / spans.length;
  },
};
