import { graphCost } from '@tenas/graph';
import type { Domain } from '../domain.js';
import { ownArchitecture } from '../own-architecture.js';
import type { Isomorphism, Space } from '../space.js';
import {
  NAS_BENCH_101_DECISIONS,
  nasBench101Choices,
  nasBench101FromChoices,
  sampleNasBench101,
} from './choices.js';
import { canonicalNasBench101, nasBench101Hash } from './isomorphism.js';
import { nasBench101Network } from './network.js';
import { NAS_BENCH_101_SIZES, type NasBench101Size } from './size.js';
import type { NasBench101Architecture } from './spec.js';
import { formatNasBench101, parseNasBench101 } from './text.js';

const NAME = 'nas-bench-101';

function own(architecture: NasBench101Architecture): NasBench101Architecture {
  return ownArchitecture(NAME, architecture);
}

/** A node of the figure is what a vertex reads, a line from it the vertex's operation. */
function drawing(architecture: NasBench101Architecture): Domain {
  const { matrix, ops } = own(architecture);
  return Object.fromEntries(
    matrix.flatMap((row, from) =>
      row.flatMap((edge, to) =>
        edge === 1 ? [[`cell/${to}<-${from}`, [ops[from - 1] ?? 'projection']]] : [],
      ),
    ),
  );
}

/** The space with what it can do. */
export interface NasBench101Space extends Space<NasBench101Architecture, NasBench101Size> {
  readonly isomorphism: Isomorphism<NasBench101Architecture>;
}

/** NAS-Bench-101 (Ying et al., ICML 2019, arXiv 1902.09635): one module of up to seven vertices and nine edges. */
export const nasBench101: NasBench101Space = {
  name: NAME,
  title: 'NAS-Bench-101',
  paper: 'Ying, Klein, Christiansen, Real, Murphy and Hutter, ICML 2019, arXiv 1902.09635',
  decisions: NAS_BENCH_101_DECISIONS,
  knownArchitectures: [],
  example:
    "ModelSpec(matrix=[[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]], ops=['input', 'conv3x3-bn-relu', 'maxpool3x3', 'output'])",

  parse: parseNasBench101,
  format: (architecture) => formatNasBench101(own(architecture)),
  choicesOf: (architecture) => nasBench101Choices(own(architecture)),
  fromChoices: nasBench101FromChoices,

  sizes: NAS_BENCH_101_SIZES,
  network: (architecture, size) => nasBench101Network(own(architecture), size),
  costs: (size) => ({ of: (architecture) => graphCost(nasBench101Network(own(architecture), size)) }),
  sample: sampleNasBench101,
  drawing,

  isomorphism: {
    key: (architecture) => nasBench101Hash(own(architecture)),
    representative: (architecture) => canonicalNasBench101(own(architecture)),
  },
};
