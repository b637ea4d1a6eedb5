export { checkRecipe } from './check-recipe.js';
export { isConnected } from './connected.js';
export { DARTS_DECISIONS, dartsChoices, dartsFromChoices } from './darts/choices.js';
export {
  type DartsArchitecture,
  type DartsCell,
  type DartsGenotypeJson,
  type DartsInput,
  dartsArchitecture,
  dartsToJson,
  formatDarts,
} from './darts/genotype.js';
export { KNOWN_DARTS_GENOTYPES, knownDartsGenotype, knownDartsSource } from './darts/known-genotypes.js';
export { dartsNetwork } from './darts/network.js';
export {
  DARTS_EDGE_GROUPS,
  DARTS_EDGES,
  DARTS_GENOTYPE_OPS,
  DARTS_OPS,
  DARTS_SUPERNET_DECISIONS,
  type DartsCellType,
  type DartsGenotypeOp,
  type DartsOp,
} from './darts/operations.js';
export { parseDarts } from './darts/read-genotype.js';
export { sampleDarts } from './darts/sample.js';
export type { DartsSize, DartsSupernetSize } from './darts/size.js';
export { type DartsSpace, darts } from './darts/space.js';
export { dartsSupernet } from './darts/supernet.js';
export { dartsTrainingNetwork } from './darts/training-network.js';
export {
  type DartsFrcArchitecture,
  dartsFrcArchitecture,
  formatDartsFrc,
  parseDartsFrc,
} from './darts-frc/architecture.js';
export { DARTS_FRC_DECISIONS } from './darts-frc/choices.js';
export { type DartsFrcSpace, dartsFrc } from './darts-frc/space.js';
export { type DatasetShape, datasetShape, PROTOCOL_DATASETS, type ProtocolDataset } from './dataset-shape.js';
export { type ChosenArchitecture, defineSpace, type SpaceDefinition } from './define-space.js';
export * from './definitions.js';
export type { DividedSize } from './divided-size.js';
export {
  type Choice,
  type Choices,
  cellAndEdge,
  checkChoices,
  checkDomain,
  type Decision,
  type Domain,
  decidedChoices,
  flatDomain,
  fullDomain,
  mapDomain,
  type NestedDomain,
  nestedDomain,
  openChoices,
  withoutChoice,
} from './domain.js';
export { drawnEdges } from './drawn-edges.js';
export type { FbNetSize } from './fbnet/size.js';
export { fbNet } from './fbnet/space.js';
export { type FoundArchitecture, findArchitecture } from './find-architecture.js';
export { GenotypeSyntaxError, type SyntaxProblem } from './genotype-syntax-error.js';
export {
  type GivenArchitecture,
  type GivenNetworkOptions,
  type GivenSize,
  givenNetwork,
} from './given-network.js';
export { HURRICANE_OPERATORS, type HurricaneOperator } from './hurricane/operators.js';
export type { HurricaneSize } from './hurricane/size.js';
export { hurricane } from './hurricane/space.js';
export type { MnasnetSize } from './mnasnet/size.js';
export { mnasnet } from './mnasnet/space.js';
export {
  type MobileNetV2Architecture,
  type MobileNetV2Block,
  mobileNetV2Layers,
  mobileNetV2Macs,
} from './mobilenet-v2/architecture.js';
export type { MobileNetV2Budget } from './mobilenet-v2/budget.js';
export type { MobileNetV2Size } from './mobilenet-v2/size.js';
export { mobileNetV2, mobileNetV2Within } from './mobilenet-v2/space.js';
export { namedIndex } from './named-index.js';
export { type VertexChannels, vertexChannels } from './nas-bench-101/channels.js';
export { NAS_BENCH_101_DECISIONS, sampleNasBench101 } from './nas-bench-101/choices.js';
export { canonicalNasBench101, nasBench101Hash } from './nas-bench-101/isomorphism.js';
export { nasBench101Network } from './nas-bench-101/network.js';
export type { NasBench101Size } from './nas-bench-101/size.js';
export { type NasBench101Space, nasBench101 } from './nas-bench-101/space.js';
export {
  NAS_BENCH_101_OPS,
  type NasBench101Architecture,
  type NasBench101Op,
  nasBench101Architecture,
} from './nas-bench-101/spec.js';
export { formatNasBench101, parseNasBench101 } from './nas-bench-101/text.js';
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
  NAS_BENCH_201_DECISIONS,
  NAS_BENCH_201_EDGES,
  NAS_BENCH_201_NODES,
  NAS_BENCH_201_OPS,
  type NasBench201Edge,
  type NasBench201Op,
} from './nas-bench-201/operations.js';
export type { NasBench201Size, NasBench201SupernetSize } from './nas-bench-201/size.js';
export { type NasBench201Space, nasBench201 } from './nas-bench-201/space.js';
export { nasBench201Supernet } from './nas-bench-201/supernet.js';
export type { NasBenchMacroSize } from './nas-bench-macro/size.js';
export { type NasBenchMacroSpace, nasBenchMacro } from './nas-bench-macro/space.js';
export { NATS_SIZE_CELL, natsSizeNetwork } from './nats-size/network.js';
export type { NatsSizeSize } from './nats-size/size.js';
export { type NatsSizeSpace, natsSize } from './nats-size/space.js';
export {
  formatNatsSize,
  NATS_SIZE_COUNT,
  NATS_SIZE_DECISIONS,
  NATS_SIZE_WIDTHS,
  type NatsSizeArchitecture,
  type NatsSizeWidth,
  natsSizeArchitecture,
  natsSizeAt,
  natsSizeIndex,
  parseNatsSize,
  sampleNatsSize,
} from './nats-size/widths.js';
export { ownReaders } from './own-readers.js';
export { type PnasArchitecture, type PnasBlock, type PnasHalf, pnasArchitecture } from './pnas/cell.js';
export { pnasNetwork } from './pnas/network.js';
export { PNAS_OPS, type PnasOp } from './pnas/operations.js';
export type { PnasSize } from './pnas/size.js';
export { type PnasSpace, pnas } from './pnas/space.js';
export type { ProxylessNasSize } from './proxylessnas/size.js';
export { proxylessNas } from './proxylessnas/space.js';
export { getSpace, listSpaces, registerSpace } from './registry.js';
export { type Supernet, slotName, supernetOf } from './supernet.js';
