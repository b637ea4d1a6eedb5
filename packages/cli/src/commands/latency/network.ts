import type { Graph } from '@tenas/graph';
import type { SearchRecord, TrainingRecord } from '@tenas/records';
import { datasetShape, type Space } from '@tenas/spaces';
import { namingFlags } from '../../flag-reading.js';
import { type GivenSize, networkSize, sizeFlagOf } from '../../network-size.js';

/** The flags that decide the size of a network, and the records that may. */
interface Given extends GivenSize {
  readonly dataset?: string | undefined;
}

/** Networks of one size of a space. */
export interface SizedNetworks {
  /** As the space has it. */
  readonly size: object;
  /** The network of an architecture. @throws TenasError of the space, naming the flag */
  of(architecture: object): Graph;
  /** Parameters and multiply-adds of that network. */
  cost(architecture: object): { readonly params: number; readonly macs: number };
}

/** The networks of a space at the size to train on a dataset, with what the flags say of it. */
export function sizedNetworks(
  space: Space,
  given: Given,
  records: {
    readonly record?: SearchRecord | undefined;
    readonly training?: TrainingRecord | undefined;
  } = {},
): SizedNetworks {
  const { record, training } = records;
  const recorded = training?.dataset ?? record?.dataset;
  const dataset =
    given.dataset === undefined && recorded !== undefined
      ? recorded
      : datasetShape(given.dataset ?? 'cifar10');
  const size = networkSize(given, training?.network ?? space.sizes.final(dataset));
  const costs = namingFlags(sizeFlagOf, () => space.costs(size));
  return {
    size,
    of: (architecture) => namingFlags(sizeFlagOf, () => space.network(architecture, size)),
    cost(architecture) {
      const { params, macs } = costs.of(architecture);
      return { params, macs };
    },
  };
}
