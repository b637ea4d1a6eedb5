export {
  type ActiveOps,
  checkActive,
  listActive,
  type OpChoice,
  type OpGrid,
  uniformActive,
  withoutOp,
} from './active-ops.js';
export type { NetworkConfig, SupernetConfig } from './config.js';
export {
  type DartsArchitecture,
  type DartsCell,
  type DartsGenotypeJson,
  type DartsInput,
  dartsArchitecture,
  dartsToJson,
  formatDarts,
  parseDarts,
} from './darts/genotype.js';
export { KNOWN_DARTS_GENOTYPES, knownDartsGenotype, knownDartsSource } from './darts/known-genotypes.js';
export { dartsNetwork } from './darts/network.js';
export {
  DARTS_EDGE_GROUPS,
  DARTS_EDGES,
  DARTS_GENOTYPE_OPS,
  DARTS_OPS,
  type DartsCellType,
  type DartsGenotypeOp,
  type DartsOp,
} from './darts/operations.js';
export { sampleDarts } from './darts/sample.js';
export { darts } from './darts/space.js';
export { dartsSupernet } from './darts/supernet.js';
export { type DatasetShape, datasetShape, PROTOCOL_DATASETS, type ProtocolDataset } from './dataset-shape.js';
export { GenotypeSyntaxError, type SyntaxProblem } from './genotype-syntax-error.js';
export {
  canonicalNasBench201,
  isomorphicNasBench201,
  NAS_BENCH_201_CANONICAL_CELLS,
  nasBench201CanonicalKey,
  nasBench201PaperTopology,
  uniqueNasBench201,
} from './nas-bench-201/canonical.js';
export {
  allNasBench201,
  NAS_BENCH_201_SIZE,
  nasBench201At,
  nasBench201Index,
  sampleNasBench201,
} from './nas-bench-201/enumeration.js';
export {
  formatNasBench201,
  type NasBench201Architecture,
  type NasBench201Cell,
  nasBench201Architecture,
  parseNasBench201,
} from './nas-bench-201/genotype.js';
export { nasBench201Network } from './nas-bench-201/network.js';
export {
  NAS_BENCH_201_EDGES,
  NAS_BENCH_201_OPS,
  type NasBench201Edge,
  type NasBench201Op,
} from './nas-bench-201/operations.js';
export { nasBench201 } from './nas-bench-201/space.js';
export { nasBench201Supernet } from './nas-bench-201/supernet.js';
export { getSpace, SPACE_NAMES, spaceOf } from './registry.js';
export type {
  Architecture,
  EdgePruning,
  NetworkCosts,
  PrunableSpace,
  SearchSpace,
  SpaceName,
} from './space.js';
export { type Supernet, slotName, supernetOf } from './supernet.js';
