/** Changes of one candidate. Larger kappa change and smaller region change: more likely pruned. */
export interface CandidateChanges {
  /** -Infinity: the worst there is. Never NaN. */
  readonly kappa: number;
  readonly regions: number;
}

/** Ranks of one candidate; 0 is the first to prune. */
export interface CandidateRanks {
  readonly kappaRank: number;
  readonly regionRank: number;
  /** The lowest sum is pruned. */
  readonly rankSum: number;
}

/** Rounds to the nearest multiple of 1, ties to even. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Rounds to decimals as NumPy does: scale, round half to even, scale back. What is beyond scaling is left alone. */
export function roundDecimals(value: number, decimals: number): number {
  const scaled = value * 10 ** decimals;
  return Number.isFinite(scaled) ? roundHalfEven(scaled) / 10 ** decimals : value;
}

/** Lets a value such as 0.0999... have the digits of 0.1. */
const EPSILON = 1e-8;

/**
 * Rounds to significant digits, keeping the sign, as the published code does: the absolute value, plus 1e-8, is scaled
 * to 0.1 ... 1, rounded to decimals, and scaled back. Zero and infinities stay.
 */
export function roundSignificant(value: number, digits: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const magnitude = Math.abs(value) + EPSILON;
  const power = Math.floor(Math.log(magnitude) / Math.LN10) + 1;
  const scaled = roundDecimals(magnitude * 10 ** -power, digits) * 10 ** power;
  return Number.isFinite(scaled) ? Math.sign(value) * scaled : value;
}

interface RankedOrder {
  /** Positions of the values, best first. */
  readonly order: readonly number[];
  /** Rank of each value by its own position. */
  readonly ranks: readonly number[];
}

/**
 * Sorts stably by the rounded value; neighbours of exactly the same unrounded value share a rank, the next rank is one
 * higher. So values that only round to the same key keep their order and have different ranks.
 */
export function denseRanks(
  values: readonly number[],
  direction: 'largest-first' | 'smallest-first',
  significantDigits: number | null,
): RankedOrder {
  const keys = values.map((value) =>
    significantDigits === null ? value : roundSignificant(value, significantDigits),
  );
  const compare = (a: number, b: number) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : 0);
  const order = values
    .map((_, position) => position)
    .sort(direction === 'largest-first' ? (a, b) => compare(b, a) : compare);
  const ranks = new Array<number>(values.length).fill(0);
  for (let i = 1; i < order.length; i++) {
    const before = order[i - 1]!;
    const here = order[i]!;
    ranks[here] = ranks[before]! + (values[here] === values[before] ? 0 : 1);
  }
  return { order, ranks };
}

/** All candidates' ranks, and the order in which they would be pruned. */
export interface Ranking {
  /** By the candidate's position. */
  readonly ranks: readonly CandidateRanks[];
  /** Positions, lowest rank sum first; equal sums in the order of the kappa changes. */
  readonly order: readonly number[];
}

/**
 * Ranks candidates by both changes and adds the ranks.
 * @param changes in the order cell type, edge, operation, which decides between equals
 */
export function rankCandidates(
  changes: readonly CandidateChanges[],
  significantDigits: number | null,
): Ranking {
  const byKappa = denseRanks(
    changes.map(({ kappa }) => kappa),
    'largest-first',
    significantDigits,
  );
  const byRegions = denseRanks(
    changes.map(({ regions }) => regions),
    'smallest-first',
    significantDigits,
  );
  const ranks = changes.map((_, position) => {
    const kappaRank = byKappa.ranks[position]!;
    const regionRank = byRegions.ranks[position]!;
    return { kappaRank, regionRank, rankSum: kappaRank + regionRank };
  });
  return { ranks, order: byKappa.order.toSorted((a, b) => ranks[a]!.rankSum - ranks[b]!.rankSum) };
}
