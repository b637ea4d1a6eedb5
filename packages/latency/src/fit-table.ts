import { TenasError } from '@tenas/base';
import type { GraphCost } from '@tenas/graph';
import type { Choices, Decision, Space } from '@tenas/spaces';
import { solveSymmetric } from './solve-symmetric.js';

/** A network and its latency. */
export interface LatencySample {
  readonly choices: Choices;
  readonly ms: number;
}

/** ms of each choice of each decision. */
export type ChoiceTable = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** An additive model: latency = `fixed` + a number for each choice. */
export interface LatencyTable {
  readonly fixed: number;
  readonly decisions: ChoiceTable;
  /** The penalty that was chosen. */
  readonly ridge: number;
  /** Choices that no sample has. */
  readonly unseen: number;
}

/** Penalties that are tried, in samples: of the least, what samples say of a choice decides alone. */
const RIDGES = [1e-6, 0.03, 0.3, 1, 3, 10, 100];
const FOLDS = 5;
/** Counts of a network share a scale with 0 and 1; their own penalty only keeps the equations solvable. */
const COST_RIDGE = 1e-6;

/**
 * Fits an additive model by least squares on the choices. Multiply-adds and parameters of each choice are regressors
 * beside the choices; a ridge penalty holds the numbers of the choices to what these two explain, and is chosen by
 * 5-fold cross-validation. With enough networks for each choice it comes out as plain least squares; with fewer, choices
 * that few networks have, or none, get what they cost.
 *
 * @param samples at least 10, in random order
 * @param costs what each choice costs, see {@link choiceCosts}
 * @throws TenasError LATENCY_TOO_FEW
 */
export function fitLatencyTable(
  decisions: readonly Decision[],
  samples: readonly LatencySample[],
  costs: readonly ChoiceTable[],
): LatencyTable {
  if (samples.length < 10) {
    throw new TenasError(
      'LATENCY_TOO_FEW',
      `networks: a latency model needs at least 10 networks to be fitted on, got ${samples.length}`,
      { field: 'networks', value: samples.length },
    );
  }
  const design = designOf(decisions, samples, costs);
  const ridge = chosenRidge(design);
  const { fixed, weights } = solve(design, ridge, () => true);
  const [choices, scales] = [design.places.length, design.scales];
  const table = Object.fromEntries(
    decisions.map((decision, at) => {
      const first = design.firsts[at]!;
      const numbers = decision.choices.map((choice, place) => {
        const explained = costs.reduce(
          (sum, cost, number) =>
            sum + (weights[choices + number]! * (cost[decision.name]?.[choice] ?? 0)) / scales[number]!,
          0,
        );
        return [choice, weights[first + place]! + explained] as const;
      });
      return [decision.name, Object.fromEntries(numbers)];
    }),
  );
  return { fixed, decisions: table, ridge, unseen: design.places.filter((uses) => uses === 0).length };
}

/**
 * What each choice costs beside the others: multiply-adds and parameters of an architecture with that choice in place of
 * its own, less those of the architecture. Choices that make no architecture cost 0.
 */
export function choiceCosts(space: Space, base: object, size: object): readonly ChoiceTable[] {
  const costs = space.costs(size);
  const own = space.choicesOf(base);
  const around = costs.of(base);
  const each = (of: (cost: GraphCost) => number): ChoiceTable =>
    Object.fromEntries(
      space.decisions.map(({ name, choices }) => [
        name,
        Object.fromEntries(
          choices.map((choice) => {
            const changed = orNull(() => costs.of(space.fromChoices({ ...own, [name]: choice })));
            return [choice, changed === null ? 0 : of(changed) - of(around)];
          }),
        ),
      ]),
    );
  return [each(({ macs }) => macs), each(({ params }) => params)];
}

/** The result of work, or null where it is refused: not every set of choices makes an architecture. */
export function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof TenasError) return null;
    throw error;
  }
}

interface Design {
  /** Rows of a column for each choice (0 or 1) and one for each cost, scaled. */
  readonly rows: readonly Float64Array[];
  readonly ms: readonly number[];
  /** How many samples have each choice. */
  readonly places: readonly number[];
  /** Column of the first choice of each decision. */
  readonly firsts: readonly number[];
  /** Standard deviation of each cost. */
  readonly scales: readonly number[];
}

function designOf(
  decisions: readonly Decision[],
  samples: readonly LatencySample[],
  costs: readonly ChoiceTable[],
): Design {
  const firsts: number[] = [];
  let columns = 0;
  for (const { choices } of decisions) {
    firsts.push(columns);
    columns += choices.length;
  }
  const places = new Array<number>(columns).fill(0);
  const sums = samples.map(({ choices }) =>
    costs.map((cost) =>
      decisions.reduce((sum, { name }) => sum + (cost[name]?.[choices[name] ?? ''] ?? 0), 0),
    ),
  );
  const scales = costs.map((_, number) => deviation(sums.map((sum) => sum[number]!)) || 1);
  const rows = samples.map(({ choices }, sample) => {
    const row = new Float64Array(columns + costs.length);
    decisions.forEach((decision, at) => {
      const place = firsts[at]! + decision.choices.indexOf(choices[decision.name]!);
      row[place] = 1;
      places[place]!++;
    });
    for (const [number, scale] of scales.entries()) row[columns + number] = sums[sample]![number]! / scale;
    return row;
  });
  return { rows, ms: samples.map(({ ms }) => ms), places, firsts, scales };
}

function deviation(values: readonly number[]): number {
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length);
}

function chosenRidge(design: Design): number {
  const errors = RIDGES.map((ridge) => {
    let error = 0;
    for (let fold = 0; fold < FOLDS; fold++) {
      const { fixed, weights } = solve(design, ridge, (sample) => sample % FOLDS !== fold);
      for (let sample = fold; sample < design.rows.length; sample += FOLDS) {
        const row = design.rows[sample]!;
        const predicted = row.reduce((sum, value, column) => sum + value * weights[column]!, fixed);
        error += (predicted - design.ms[sample]!) ** 2;
      }
    }
    return error;
  });
  return RIDGES[errors.indexOf(Math.min(...errors))]!;
}

/** Ridge regression on the samples that are used; the fixed part has no penalty. */
function solve(
  { rows, ms, places, scales }: Design,
  ridge: number,
  uses: (sample: number) => boolean,
): { readonly fixed: number; readonly weights: Float64Array } {
  const used = rows.flatMap((row, sample) => (uses(sample) ? [{ row, ms: ms[sample]! }] : []));
  const width = places.length + scales.length;
  const means = new Float64Array(width);
  let middle = 0;
  for (const { row, ms } of used) {
    for (let column = 0; column < width; column++) means[column]! += row[column]! / used.length;
    middle += ms / used.length;
  }
  const matrix = new Float64Array(width * width);
  const right = new Float64Array(width);
  const centred = new Float64Array(width);
  for (const { row, ms } of used) {
    for (let column = 0; column < width; column++) centred[column] = row[column]! - means[column]!;
    for (let i = 0; i < width; i++) {
      const value = centred[i]!;
      right[i]! += value * (ms - middle);
      for (let j = 0; j <= i; j++) matrix[i * width + j]! += value * centred[j]!;
    }
  }
  for (let column = 0; column < width; column++) {
    matrix[column * width + column]! += column < places.length ? ridge : COST_RIDGE * used.length;
  }
  const weights = solveSymmetric(matrix, right);
  const fixed = weights.reduce((sum, weight, column) => sum - weight * means[column]!, middle);
  return { fixed, weights };
}
