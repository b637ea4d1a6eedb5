import { z } from 'zod';
import type { CountingMetric } from '../metric.js';

/** `cell/2<-0`: to and from which node an edge leads. */
const EDGE = /(\d+)<-(\d+)$/;

/** The names that spaces give to operations that pass their input on. */
const SKIP = /^(skip|identity)/;

/**
 * How far the skip connections of the cells reach, higher is better (Cavagnero et al., WACV 2023, arXiv 2207.05135, for
 * NAS-Bench-201): mean over the edges with a skip connection of the nodes that it passes over: 0 from a node to the next one.
 * 0 where there is none.
 */
export const skipLength: CountingMetric = {
  name: 'skip-length',
  title: 'length of skip connections',
  better: 'higher',
  paper: 'Cavagnero, Robbiano, Caputo and Averta, WACV 2023, arXiv 2207.05135',
  about:
    'How many nodes of a cell its skip connections pass over, on average: long ones let gradients through.',
  needs: [],
  settings: z.strictObject({}),
  onDemand: true,
  failures: { edges: 'the space has no cells of numbered nodes' },
  count({ edges }) {
    const found = Object.entries(edges()).flatMap(([name, operations]) => {
      const nodes = EDGE.exec(name);
      return nodes === null ? [] : [{ over: Number(nodes[1]) - Number(nodes[2]) - 1, operations }];
    });
    if (found.length === 0) return { failure: 'edges' };
    const skips = found.flatMap(({ over, operations }) =>
      operations.some((operation) => SKIP.test(operation)) ? [over] : [],
    );
    return skips.length === 0 ? 0 : skips.reduce((sum, over) => sum + over, 0) / skips.length;
  },
};
