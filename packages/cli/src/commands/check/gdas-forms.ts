import type { Graph, ParamId } from '@tenas/graph';
import { paramOffsets } from '@tenas/graph';
import { type Case, type EdgeSlots, slotTable } from './training-fixture.js';
import { EXECUTED, executingAll, type TrainingReplay } from './training-run.js';

/** A step that asks for the gradient by the coefficients and changes nothing but running statistics. */
export interface GradientStep {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly learningRate: number;
  readonly update: boolean;
  readonly coefficientGradient: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Gradients by the coefficients of a type of cell, [edges, operations], given the slots of its edges. */
type ByEdges = (rows: readonly EdgeSlots[]) => Float64Array;

/**
 * The other two forms of GDAS's gradient by the coefficients, for weights as the fixture gives them: with every operation
 * executed, and with the operations that were not chosen as if they gave 1 everywhere (the authors' code).
 */
export async function otherForms(
  replay: Pick<TrainingReplay<Case<'alphas'>>, 'fixture' | 'trainer'>,
  coefficients: Float64Array,
  step: GradientStep,
): Promise<Readonly<Record<'alpha_gradients_all' | 'alpha_gradients_constants', ByEdges>>> {
  await using all = replay.trainer();
  const everywhere = await all.step({ ...step, coefficients: executingAll(replay.fixture, coefficients) });
  const exact = everywhere.coefficientGradient!;
  const sums = await edgeSums(replay, coefficients, step);
  return {
    alpha_gradients_all: (rows) => slotTable(rows, exact),
    alpha_gradients_constants: (rows) =>
      Float64Array.from(
        rows.flatMap((row) => {
          // With `none` chosen no slot is 1, and its own output is 0.
          const none = row.every((slot) => slot < 0 || coefficients[slot] === 0);
          return row.map((slot) => {
            const chosen = slot < 0 ? none : coefficients[slot] === 1;
            if (!chosen) return sums.get(row)!;
            return slot < 0 ? 0 : exact[slot]!;
          });
        }),
      ),
  };
}

/**
 * Sums of the gradient of every edge's output over all its values. They are what the shift of a batch norm at the end of an
 * operation gets, so one such operation per edge is executed with a coefficient that leaves no trace.
 */
async function edgeSums(
  { fixture, trainer }: Pick<TrainingReplay<Case<'alphas'>>, 'fixture' | 'trainer'>,
  coefficients: Float64Array,
  step: GradientStep,
): Promise<Map<EdgeSlots, number>> {
  const { graph } = fixture.network;
  const { offsets } = paramOffsets(graph);
  const shifts = shiftsBySlot(graph);
  const rows = [...fixture.edges.values()].flat();
  const probes = new Map(rows.map((row) => [row, row.find((slot) => shifts.has(slot))!]));
  const probed = Float64Array.from(coefficients);
  for (const slot of probes.values()) probed[slot] ||= EXECUTED;
  await using own = trainer();
  const before = await own.values();
  const learningRate = 1 / EXECUTED;
  await own.step({ ...step, coefficients: probed, learningRate, update: true });
  const after = await own.values();
  const sums = new Map<EdgeSlots, number>();
  for (const [row, slot] of probes) {
    let sum = 0;
    for (const id of shifts.get(slot)!) {
      const first = offsets[id]!;
      for (let i = first; i < first + graph.params[id]!.shape[0]!; i++) sum += before[i]! - after[i]!;
    }
    sums.set(row, sum / (learningRate * probed[slot]!));
  }
  return sums;
}

/** The shifts of the batch norms that feed a slot's mixes, for slots that only such batch norms feed. */
function shiftsBySlot(graph: Graph): Map<number, ParamId[]> {
  const shifts = new Map<number, ParamId[]>();
  const others = new Set<number>();
  for (const node of graph.nodes) {
    if (node.op !== 'mix') continue;
    node.slots.forEach((slot, k) => {
      const input = graph.nodes[node.inputs[k]!]!;
      if (input.op !== 'batchNorm' || input.bias === null) {
        others.add(slot);
      } else {
        shifts.set(slot, [...(shifts.get(slot) ?? []), input.bias]);
      }
    });
  }
  for (const slot of others) shifts.delete(slot);
  return shifts;
}
