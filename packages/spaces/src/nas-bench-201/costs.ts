import { type GraphCost, graphCost } from '@tenas/graph';
import { type NasBench201Architecture, nasBench201Architecture } from './genotype.js';
import { nasBench201Network } from './network.js';
import { NAS_BENCH_201_EDGES, NAS_BENCH_201_OPS, type NasBench201Op } from './operations.js';
import type { NasBench201Size } from './size.js';

/**
 * Counts the cost of architectures at one size: `graphCost` of `nasBench201Network`, without building each network.
 * Every operation is built whether or not the output depends on it and costs the same on every edge, so the cost is
 * that of the network without operations plus that of each operation.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function nasBench201Costs(
  size: NasBench201Size = {},
): (architecture: NasBench201Architecture) => GraphCost {
  const costWith = (op: NasBench201Op): GraphCost =>
    graphCost(
      nasBench201Network(
        nasBench201Architecture(NAS_BENCH_201_EDGES.map((_, edge) => (edge === 0 ? op : 'none'))),
        size,
      ),
    );
  const frame = costWith('none');
  const added = new Map(
    NAS_BENCH_201_OPS.map((op) => {
      const { params, macs } = costWith(op);
      return [op, { params: params - frame.params, macs: macs - frame.macs }] as const;
    }),
  );
  return ({ ops }) => {
    let { params, macs } = frame;
    for (const op of ops) {
      const cost = added.get(op)!;
      params += cost.params;
      macs += cost.macs;
    }
    return { params, macs, flops: macs };
  };
}
