import { settingError, TenasError } from '@tenas/base';
import { type GraphCost, keptValues, peakActivations } from '@tenas/graph/definitions';
import type { RecordedConstraint } from '@tenas/records';
import type { DatasetShape, Space } from '@tenas/spaces';
import type { LatencyModelName, LatencyPredictor } from './latency-predictor.js';
import { type ConstraintBound, type ConstraintName, constraintText } from './read-constraint.js';

/** An upper bound on what answers of a search cost, with the way to tell what an architecture costs. */
export interface Constraint extends Omit<ConstraintBound, 'name'> {
  /** `params`, `macs`, `latency`, `memory`, or a name of your own. */
  readonly name: string;
  /** The model that predicts it; absent: it is counted. */
  readonly model?: LatencyModelName | undefined;
  /** Where no cost is below a least one: that, and the costs before they are raised to it. Absent: there is none. */
  readonly floor?: CostFloor | undefined;
  /** Cost of an architecture in {@link unit}: the same for the same architecture. */
  costOf(architecture: object): number;
}

/** The lower end of a cost: `costOf` is the larger one of `least` and `costBefore`. */
export interface CostFloor {
  readonly least: number;
  costBefore(architecture: object): number;
}

/** What constraints are resolved for. */
export interface ConstrainedSearch {
  readonly space: Space;
  /** Decide the size of the network: the one that is trained in the end. */
  readonly images: DatasetShape;
  /** Predicts latency; required where latency is bounded. */
  readonly latency?: LatencyPredictor | undefined;
}

const BYTES_PER_VALUE = 4;
/** Architectures whose counts are remembered. */
const MOST_KNOWN = 10_000;

/** How a cost of architectures is told. */
export type Cost = Pick<Constraint, 'costOf' | 'model' | 'floor'>;

/**
 * The costs that may be bounded, or be an objective: parameters and multiply-adds of the network at full size, which
 * `tenas export` writes; its memory, 4 bytes for each parameter and running statistic and for each value that feature maps
 * hold at once (`peakActivations`); latency by a predictor, null without one.
 */
export function costsBy(search: ConstrainedSearch): Readonly<Record<ConstraintName, Cost | null>> {
  const { space, images, latency } = search;
  const size = space.sizes.final(images);
  let made: ReturnType<Space['costs']> | undefined;
  const counts = () => {
    made ??= space.costs(size);
    return made;
  };
  // Several bounds ask about the same architectures, one bound after the other, and again as bounds are tightened.
  const costs = remembered(space, (architecture): GraphCost => counts().of(architecture));
  const values = (architecture: object) => {
    const counted = counts().values?.(architecture);
    if (counted !== undefined) return counted;
    const graph = space.network(architecture, size);
    return keptValues(graph) + peakActivations(graph);
  };
  return {
    params: { costOf: (architecture) => costs(architecture).params },
    macs: { costOf: (architecture) => costs(architecture).macs },
    memory: { costOf: remembered(space, (architecture) => BYTES_PER_VALUE * values(architecture)) },
    latency: latency === undefined ? null : latencyBy(space, latency),
  };
}

/** Tells each architecture once, as long as it is among the last ones. */
function remembered<T>(space: Space, of: (architecture: object) => T): (architecture: object) => T {
  const known = new Map<string, T>();
  return (architecture) => {
    const text = space.format(architecture);
    const found = known.get(text);
    if (found !== undefined) return found;
    const cost = of(architecture);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, cost);
    return cost;
  };
}

function latencyBy(space: Space, latency: LatencyPredictor): Cost {
  const { file, device, digest, ms, floor } = latency;
  return {
    model: { file, device, digest },
    costOf: (architecture) => predicted(space, ms, architecture),
    ...(floor === undefined
      ? {}
      : {
          floor: {
            least: floor.least,
            costBefore: (architecture) => predicted(space, floor.sum, architecture),
          },
        }),
  };
}

/**
 * Says how the costs of bounds are told: see `costsBy`.
 *
 * @throws TenasError `CONSTRAINT_INVALID` for a bound on latency without a predictor
 */
export function resolveConstraints(
  bounds: readonly ConstraintBound[],
  search: ConstrainedSearch,
): Constraint[] {
  const costs = costsBy(search);
  return bounds.map((bound) => {
    const cost = costs[bound.name];
    if (cost !== null) return { ...bound, ...cost };
    throw new TenasError(
      'CONSTRAINT_INVALID',
      `constraints: ${constraintText(bound)} needs a latency model; make one with tenas latency table and name it with --latency-model`,
      { field: 'constraints', value: constraintText(bound) },
    );
  });
}

/** No model predicts an architecture that is not made of choices: it is above every bound. */
function predicted(space: Space, of: LatencyPredictor['ms'], architecture: object): number {
  try {
    return of(space.choicesOf(architecture));
  } catch (error) {
    if (error instanceof TenasError && error.code === 'ARCHITECTURE_INVALID') return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** Constraints as records hold them. @param architecture the found one; null: there is none */
export function recordedConstraints(
  constraints: readonly Constraint[],
  architecture: object | null,
): RecordedConstraint[] {
  return constraints.map(({ name, op, limit, unit, model, costOf }) => ({
    ...{ name, op, limit, unit },
    ...(model === undefined ? {} : { model }),
    value: architecture === null ? null : finiteOrNull(costOf(architecture)),
  }));
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Refuses a constraint that cannot be kept. @throws TenasError `SETTING_INVALID` */
export function checkConstraints(constraints: readonly Constraint[]): void {
  const names = new Set<string>();
  for (const { name, op, limit } of constraints) {
    const field = `constraints.${name}`;
    if (names.has(name)) throw settingError(field, limit, 'bounded once');
    if (op !== '<=') throw settingError(field, op, '<=');
    if (!(limit > 0 && Number.isFinite(limit))) throw settingError(field, limit, 'a finite number above 0');
    names.add(name);
  }
}
