import { TenasError } from '@tenas/base';
import { type ActiveOps, checkActive, mapActive } from '../active-ops.js';
import { datasetShape } from '../dataset-shape.js';
import { ownArchitecture } from '../own-architecture.js';
import type { SearchSpace } from '../space.js';
import { nasBench201CanonicalKey } from './canonical.js';
import { nasBench201Costs } from './costs.js';
import { sampleNasBench201 } from './enumeration.js';
import {
  formatNasBench201,
  type NasBench201Architecture,
  nasBench201Architecture,
  parseNasBench201,
} from './genotype.js';
import { nasBench201Network } from './network.js';
import { NAS_BENCH_201_EDGES, NAS_BENCH_201_OPS } from './operations.js';
import { fullNasBench201Active, NAS_BENCH_201_GRID, nasBench201Supernet } from './supernet.js';

function architectureOf(active: ActiveOps): NasBench201Architecture {
  const { cell } = checkActive(NAS_BENCH_201_GRID, active);
  return nasBench201Architecture(
    NAS_BENCH_201_EDGES.map((edge) => {
      const ops = cell![edge]!;
      if (ops.length !== 1) {
        throw new TenasError(
          'GENOTYPE_UNDECIDED',
          `edge ${edge} has ${ops.length} active operations, a genotype needs exactly 1`,
          { field: `cell.${edge}`, value: ops },
        );
      }
      return ops[0]!;
    }),
  );
}

function activeOf(architecture: NasBench201Architecture): ActiveOps {
  const { ops } = ownArchitecture('nas-bench-201', architecture);
  return mapActive(NAS_BENCH_201_GRID, (_cell, edge) => [ops[NAS_BENCH_201_GRID.edges.indexOf(edge)]!]);
}

/** NAS-Bench-201 (Dong and Yang, ICLR 2020, arXiv 2001.00326): one cell of six edges, five operations. */
export const nasBench201: SearchSpace<NasBench201Architecture> = {
  name: 'nas-bench-201',
  ops: NAS_BENCH_201_OPS,
  cellTypes: NAS_BENCH_201_GRID.cellTypes,
  edges: NAS_BENCH_201_EDGES,
  edgePruning: null,
  knownArchitectures: [],

  fullActive: fullNasBench201Active,
  checkActive: (value) => checkActive(NAS_BENCH_201_GRID, value),
  supernet: nasBench201Supernet,
  ntkNetwork: ({ classes, height, width }) => ({
    C: 3,
    N: 1,
    depth: -1,
    useStem: true,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  regionNetwork: ({ classes }) => ({
    C: 1,
    N: 1,
    depth: 1,
    useStem: false,
    numClasses: classes,
    inputShape: [1, 3, 3],
  }),

  architectureOf,
  genotypeOf: (active) => formatNasBench201(architectureOf(active)),
  activeOf,
  parse: parseNasBench201,
  format: (architecture) => formatNasBench201(ownArchitecture('nas-bench-201', architecture)),
  isomorphismKey: (active) => nasBench201CanonicalKey(architectureOf(active)),
  sample: sampleNasBench201,
  network: (architecture, config) =>
    nasBench201Network(ownArchitecture('nas-bench-201', architecture), config),
  costs(config) {
    const count = nasBench201Costs(config);
    return { of: (architecture) => count(ownArchitecture('nas-bench-201', architecture)) };
  },
  finalNetwork(dataset) {
    const { classes, height, width } = typeof dataset === 'string' ? datasetShape(dataset) : dataset;
    return { C: 16, N: 5, numClasses: classes, inputShape: [3, height, width] };
  },
};
