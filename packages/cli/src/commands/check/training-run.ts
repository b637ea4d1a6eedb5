import { sizeOf } from '@tenas/graph';
import type { LearningRate, Trainer } from '@tenas/native';
import { invalid } from './fixture-file.js';
import type { DeviationSums } from './training-deviations.js';
import { type SgdCase, slotTable, type TrainingCase, type TrainingFixture } from './training-fixture.js';

/** A fixture at work. */
export interface TrainingReplay<C extends TrainingCase = TrainingCase> {
  readonly fixture: TrainingFixture<C>;
  readonly sums: DeviationSums;
  readonly engine: 'fast' | 'reference';
  /** A trainer that begins with the fixture's parameters. */
  readonly trainer: (sgd?: SgdCase, labelSmoothing?: number) => Trainer;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A coefficient so small that products with it vanish beside other terms, and are 0 in single precision; but not 0, so
 * that the operation is executed. In double precision a sum without any other term is not 0 with it.
 */
export const EXECUTED = 1e-100;

/** Coefficients with which present operations that are off run as well, without a share in the output. */
export function executingAll(fixture: TrainingFixture, coefficients: Float64Array): Float64Array {
  const { graph, coefficients: active } = fixture.network;
  const present =
    fixture.case.kind === 'supernet' ? presentSlots(fixture) : new Array(graph.slots.length).fill(true);
  return active.map((_, slot) => coefficients[slot] || (present[slot] ? EXECUTED : 0));
}

function presentSlots({ case: described, network }: TrainingFixture): boolean[] {
  const active = described.kind === 'supernet' ? described.active : {};
  return network.graph.slots.map((slot) => {
    const [type = '', edge = '', operation = ''] = slot.split('/');
    return active[type]?.[edge]?.includes(operation) ?? false;
  });
}

/** The schedule of all fixtures. */
export function cosine(rate: number): LearningRate {
  return { rate, shape: { kind: 'cosine' } };
}

/** The shape of one image. */
export function imageShape({ network: { graph } }: TrainingFixture): readonly number[] {
  return graph.nodes[graph.input]!.shape;
}

/**
 * The images and labels of batch `index` of a run.
 * @throws TenasError FIXTURE_INVALID for a batch with an image that is not there
 */
export function batchesOf(
  fixture: TrainingFixture,
): (index: number) => { readonly images: Float32Array; readonly labels: Int32Array } {
  const images = fixture.numbers('images');
  const allLabels = fixture.numbers('image_labels');
  const places = fixture.numbers('batches');
  const values = sizeOf(imageShape(fixture));
  const { batch_size: size } = fixture.case;
  return (index) => {
    const own = places.subarray(index * size, (index + 1) * size);
    const batch = new Float32Array(own.length * values);
    own.forEach((place, n) => {
      if (!(place in allLabels)) {
        const problem = `batches names image ${place}; there are ${allLabels.length}, from 0`;
        throw invalid(fixture.file, problem, 'batches', place);
      }
      batch.set(images.subarray(place * values, (place + 1) * values), n * values);
    });
    return { images: batch, labels: Int32Array.from(own, (place) => allLabels[place]!) };
  };
}

/**
 * Compares parts of values in the graph's order with the tensors `expected.<kind>.<name>`. Running statistics are kinds of
 * their own.
 * @throws TenasError FIXTURE_INVALID where there are none
 */
export function addTensors(
  fixture: TrainingFixture,
  sums: DeviationSums,
  kind: string,
  values: Float64Array,
): void {
  const expected = new Set(fixture.namesAfter(`expected.${kind}.`));
  if (expected.size === 0) {
    throw invalid(fixture.file, `has no tensor expected.${kind}.*`, `expected.${kind}`);
  }
  let offset = 0;
  for (const { name, shape } of fixture.network.graph.params) {
    const own = values.subarray(offset, offset + sizeOf(shape));
    offset += own.length;
    if (!expected.has(name)) continue;
    const statistic = /\.(running_mean|running_var)$/.exec(name)?.[0] ?? '';
    sums.add(`${kind}${statistic}`, own, fixture.numbers(`expected.${kind}.${name}`));
  }
}

/** Compares values per slot with the tables `expected.<kind>.<type>`, at `step` of a run if they have one per step. */
export function addTables(
  fixture: TrainingFixture,
  sums: DeviationSums,
  kind: string,
  values: Float64Array,
  step = 0,
): void {
  for (const [type, rows] of fixture.edges) {
    const own = slotTable(rows, values);
    const expected = fixture.numbers(`expected.${kind}.${type}`);
    sums.add(kind, own, expected.subarray(step * own.length, (step + 1) * own.length));
  }
}
