/** An option of a part, with what it adds to the loss and to each bounded cost. */
export interface WeighedOption {
  /** Place among the options of its part. */
  readonly option: number;
  readonly loss: number;
  readonly costs: readonly number[];
}

/** A choice of one option for each part, such that sums of costs stay within bounds and the loss is small. */
export interface BoundedChoice {
  /** At least one option for each part. */
  readonly parts: readonly (readonly WeighedOption[])[];
  /** The most that the costs of all parts may add up to; infinite: not bounded. */
  readonly limits: readonly number[];
  /** Whether a full choice of options may be taken; it is asked for choices within the limits alone. */
  readonly fits: (options: readonly number[]) => boolean;
}

/** Steps after which the best so far is taken, and steps after which there is none. */
const MOST_NODES = 300_000;
const MOST_WITHOUT_ANY = 10 * MOST_NODES;
/** Rounds over the multipliers, and halvings of each: their values only decide how fast the search is. */
const ROUNDS = 3;
const HALVINGS = 30;
/** Sums of rounded numbers may be above a limit by so much, relatively, and are within it. */
const ROUNDING = 1e-12;

/**
 * The options of the least loss whose costs are within the limits: branch and bound, part by part, with Lagrangian
 * multipliers for the costs as bounds. Exact, unless it takes more than 300,000 steps; then the best so far.
 *
 * @returns the option of each part; null: there is none
 */
export function leastLoss({ parts, limits, fits }: BoundedChoice): number[] | null {
  if (parts.some((options) => options.length === 0)) return null;
  const order = branchingOrder(parts, limits);
  const ordered = order.map((part) => parts[part]!);
  const multipliers = multipliersOf(ordered, limits);
  const penalised = ({ loss, costs }: WeighedOption) =>
    costs.reduce((sum, cost, k) => sum + multipliers[k]! * cost, loss);
  const scales = limits.map((limit, k) =>
    Number.isFinite(limit) ? scaleOf(parts, k) : Number.POSITIVE_INFINITY,
  );
  const cost = ({ costs }: WeighedOption) => costs.reduce((sum, one, k) => sum + one / scales[k]!, 0);
  const sorted = ordered.map((options) =>
    options.toSorted((a, b) => penalised(a) - penalised(b) || cost(a) - cost(b) || a.option - b.option),
  );
  const fromEnd = (least: (options: readonly WeighedOption[]) => number) => {
    const sums = new Float64Array(sorted.length + 1);
    for (let part = sorted.length - 1; part >= 0; part--) sums[part] = sums[part + 1]! + least(sorted[part]!);
    return sums;
  };
  const leastOf = (of: (option: WeighedOption) => number) => fromEnd((some) => Math.min(...some.map(of)));
  const losses = leastOf(({ loss }) => loss);
  const penalisedLosses = leastOf(penalised);
  const costs = limits.map((_, k) => leastOf((option) => option.costs[k]!));
  const tolerances = limits.map((limit) => (Number.isFinite(limit) ? ROUNDING * Math.abs(limit) : 0));

  let best: number[] | null = null;
  let bestLoss = Number.POSITIVE_INFINITY;
  let nodes = 0;
  const chosen: WeighedOption[] = [];
  const spent = limits.map(() => 0);
  const visit = (part: number, loss: number): void => {
    if (part === sorted.length) {
      const options = new Array<number>(parts.length);
      for (const [place, { option }] of chosen.entries()) options[order[place]!] = option;
      if (!fits(options)) return;
      best = options;
      bestLoss = loss;
      return;
    }
    for (const one of sorted[part]!) {
      if (++nodes > (best === null ? MOST_WITHOUT_ANY : MOST_NODES)) return;
      const next = loss + one.loss;
      if (next + losses[part + 1]! >= bestLoss) continue;
      const within = limits.every(
        (limit, k) => spent[k]! + one.costs[k]! + costs[k]![part + 1]! <= limit + tolerances[k]!,
      );
      if (!within) continue;
      // No completion within the limits has less loss: what is left of the limits is worth so much at most.
      const worth = limits.reduce((sum, limit, k) => {
        const multiplier = multipliers[k]!;
        return multiplier === 0 ? sum : sum + multiplier * (limit - spent[k]! - one.costs[k]!);
      }, 0);
      if (next + penalisedLosses[part + 1]! - worth >= bestLoss) continue;
      chosen.push(one);
      for (const k of limits.keys()) spent[k]! += one.costs[k]!;
      visit(part + 1, next);
      chosen.pop();
      for (const k of limits.keys()) spent[k]! -= one.costs[k]!;
    }
  };
  visit(0, 0);
  return best;
}

/** Parts whose options differ the most in cost first: they decide what fits. */
function branchingOrder(parts: BoundedChoice['parts'], limits: readonly number[]): number[] {
  const spread = parts.map((options) =>
    limits.reduce((sum, limit, k) => {
      const values = options.map(({ costs }) => costs[k]!);
      return Number.isFinite(limit)
        ? sum + (Math.max(...values) - Math.min(...values)) / scaleOf(parts, k)
        : sum;
    }, 0),
  );
  return [...parts.keys()].sort((a, b) => spread[b]! - spread[a]! || a - b);
}

/** The range of a cost over all parts. */
function scaleOf(parts: BoundedChoice['parts'], k: number): number {
  const sum = parts.reduce((total, options) => {
    const values = options.map(({ costs }) => costs[k]!);
    return total + Math.max(...values) - Math.min(...values);
  }, 0);
  return sum === 0 ? 1 : sum;
}

/** Multipliers that make the Lagrangian bound about as large as it can be: coordinate ascent, each by halving. */
function multipliersOf(parts: BoundedChoice['parts'], limits: readonly number[]): Float64Array {
  const multipliers = new Float64Array(limits.length);
  /** By how much the options that a multiplier picks exceed a limit: the slope of the bound. */
  const excess = (k: number): number => {
    let sum = -limits[k]!;
    for (const options of parts) {
      let least = Number.POSITIVE_INFINITY;
      let cost = 0;
      for (const option of options) {
        const value = option.costs.reduce((total, one, j) => total + multipliers[j]! * one, option.loss);
        if (value > least || (value === least && option.costs[k]! >= cost)) continue;
        least = value;
        cost = option.costs[k]!;
      }
      sum += cost;
    }
    return sum;
  };
  const losses = parts.reduce((sum, options) => {
    const values = options.map(({ loss }) => loss);
    return sum + Math.max(...values) - Math.min(...values);
  }, 0);
  if (losses === 0) return multipliers;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [k, limit] of limits.entries()) {
      if (!Number.isFinite(limit)) continue;
      multipliers[k] = 0;
      if (excess(k) <= 0) continue;
      let [low, high] = [0, (1000 * losses) / scaleOf(parts, k)];
      for (let halving = 0; halving < HALVINGS; halving++) {
        multipliers[k] = (low + high) / 2;
        if (excess(k) > 0) low = multipliers[k]!;
        else high = multipliers[k]!;
      }
      multipliers[k] = high;
    }
  }
  return multipliers;
}
