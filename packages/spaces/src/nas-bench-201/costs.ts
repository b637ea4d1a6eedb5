import { type GraphCost, graphCost, keptValues, peakActivations } from '@tenas/graph';
import type { NetworkCosts } from '../space.js';
import { type NasBench201Architecture, nasBench201Architecture } from './genotype.js';
import { nasBench201Network } from './network.js';
import { NAS_BENCH_201_EDGES, NAS_BENCH_201_OPS, type NasBench201Op } from './operations.js';
import type { NasBench201Size } from './size.js';

/**
 * Counts the cost of architectures at one size: `graphCost` of `nasBench201Network`, without building each network.
 * Every operation is built whether or not the output depends on it and costs the same on every edge, so the cost is
 * that of the network without operations plus that of each operation. Its cells come one after another, and those of a
 * stage are alike, so the largest sum of feature maps is that of one cell per stage.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function nasBench201Costs(
  size: NasBench201Size = {},
): Required<NetworkCosts<NasBench201Architecture>> {
  const costWith = (op: NasBench201Op) => {
    const graph = nasBench201Network(
      nasBench201Architecture(NAS_BENCH_201_EDGES.map((_, edge) => (edge === 0 ? op : 'none'))),
      size,
    );
    return { ...graphCost(graph), kept: keptValues(graph) };
  };
  const frame = costWith('none');
  const added = new Map(
    NAS_BENCH_201_OPS.map((op) => {
      const { params, macs, kept } = costWith(op);
      const more = { params: params - frame.params, macs: macs - frame.macs, kept: kept - frame.kept };
      return [op, more] as const;
    }),
  );
  return {
    of({ ops }): GraphCost {
      let { params, macs } = frame;
      for (const op of ops) {
        const cost = added.get(op)!;
        params += cost.params;
        macs += cost.macs;
      }
      return { params, macs, flops: macs };
    },
    values(architecture) {
      const kept = architecture.ops.reduce((sum, op) => sum + added.get(op)!.kept, frame.kept);
      return kept + peakActivations(nasBench201Network(architecture, { ...size, N: 1 }));
    },
  };
}
