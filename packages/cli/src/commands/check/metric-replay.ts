import { type Graph, graphCost, sizeOf } from '@tenas/graph';
import {
  type CountingMetric,
  type Failure,
  isProbing,
  isTraining,
  type ProbingMetric,
  type ReferenceMetric,
  referenceMetric,
} from '@tenas/metrics';
import type { EvaluateOptions, Program, Repeat } from '@tenas/native';
import type { Fixture } from './fixture-file.js';
import { hasNoise, noiseOf, withSigns } from './fixture-noise.js';

/** How a metric compares with the expected value. */
export interface MetricComparison {
  /** null where there is nothing to compare, or no value; `failure` says why. */
  readonly got: number | null;
  readonly failure?: string;
  readonly expected: number;
  readonly relError: number | null;
  /** null where there is no such metric, or the fixture's images do not fill its batches. */
  readonly ok: boolean | null;
}

/** A fixture's network with its parameters. */
export interface FixtureNetwork {
  readonly graph: Graph;
  readonly coefficients: Float64Array;
  readonly program: Program;
  readonly parameters: Float32Array;
}

/** Where and how the engine evaluates. */
type EngineOptions = Pick<EvaluateOptions, 'engine' | 'threads' | 'device' | 'signal'>;

/** A sound engine in single precision stays within this multiple of what the fixture measured. */
const FACTOR = 20;
/** It never has to do better than this. */
const FLOOR = 2e-5;

const EXPECTED = 'metric.';

/** Compares every metric that a fixture expects with ours, by name. */
export async function replayMetrics(
  fixture: Fixture,
  network: FixtureNetwork,
  options: EngineOptions,
): Promise<Record<string, MetricComparison>> {
  const compared: Record<string, MetricComparison> = {};
  for (const [tensor, { values }] of fixture.expected) {
    if (!tensor.startsWith(EXPECTED)) continue;
    const name = tensor.slice(EXPECTED.length);
    const expected = values[0]!;
    const { swap_mu: mu, swap_sigma: sigma } = fixture.case;
    const chosen = referenceMetric(name, { images: fixture.input.shape[0]!, mu, sigma });
    if (chosen === null || !isReplayed(chosen) || !fitsBatches(chosen, fixture)) {
      compared[name] = { got: null, expected, relError: null, ok: null };
      continue;
    }
    const value = await measured(chosen, fixture, network, options);
    compared[name] = compare(value, expected, toleranceOf(chosen, fixture, name));
  }
  return compared;
}

/** A metric that a fixture can have the value of: no short training. */
type Replayed = Omit<ReferenceMetric, 'metric'> & { readonly metric: ProbingMetric | CountingMetric };

function isReplayed(chosen: ReferenceMetric): chosen is Replayed {
  return !isTraining(chosen.metric);
}

/** Whether the fixture's images fill batches of one size: the engine takes no others. */
function fitsBatches({ metric, settings, testBatch }: ReferenceMetric, fixture: Fixture): boolean {
  const { input, test } = fixture;
  if (testBatch) return test?.data.length === input.data.length;
  if (isProbing(metric) && metric.pass(settings).inputs.kind === 'noise') {
    return hasNoise(fixture, metric.pass(settings));
  }
  return !isProbing(metric) || input.shape[0]! % (metric.pass(settings).batches ?? 1) === 0;
}

/** Metrics that count are exact; others may be off by rounding. */
function toleranceOf({ metric }: ReferenceMetric, fixture: Fixture, name: string): number {
  if (!isProbing(metric)) return 0;
  return Math.max(FLOOR, FACTOR * (fixture.case.f32_error?.[name]?.[0] ?? 0));
}

function compare(value: number | Failure, expected: number, tolerance: number): MetricComparison {
  if (typeof value === 'object') {
    return { got: null, failure: value.failure, expected, relError: null, ok: false };
  }
  const relError = value === expected ? 0 : Math.abs(value - expected) / Math.abs(expected);
  return { got: value, expected, relError, ok: relError <= tolerance };
}

/** The images of a fixture as a metric sees them: all of them, in as many batches as it wants. */
interface Seen {
  readonly batchSize: number;
  readonly images: Float32Array;
  /** Absent for metrics that need none. */
  readonly labels: Int32Array | undefined;
}

function seenBy(
  metric: ProbingMetric,
  { settings, testBatch }: Pick<Replayed, 'settings' | 'testBatch'>,
  { graph }: FixtureNetwork,
  fixture: Fixture,
): Seen {
  const { input, labels, test } = fixture;
  const pass = metric.pass(settings);
  const { inputs, batchSize: own, batches = 1 } = pass;
  const values = sizeOf(graph.nodes[graph.input]!.shape);
  if (inputs.kind === 'ones') {
    return { batchSize: own, images: new Float32Array(own * values).fill(1), labels: undefined };
  }
  if (testBatch && labels !== undefined && test !== undefined) {
    const images = joined(input.data, test.data);
    return { batchSize: labels.length, images, labels: Int32Array.of(...labels, ...test.labels) };
  }
  if (inputs.kind === 'noise') {
    const images = noiseOf(fixture, pass);
    const batchSize = images.length / batches / values;
    return { batchSize, images, labels: batches === 1 ? labels : undefined };
  }
  // A metric whose batch is no setting looks at the first images.
  const batchSize = 'batchSize' in settings || batches > 1 ? input.shape[0]! / batches : own;
  return {
    batchSize,
    images: input.data.subarray(0, batches * batchSize * values),
    labels: metric.needs.includes('labels') ? labels : undefined,
  };
}

function joined(one: Float32Array, other: Float32Array): Float32Array {
  const both = new Float32Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** The value of a metric on the fixture's network, parameters and images. */
async function measured(
  { metric, settings: chosen, testBatch }: Replayed,
  fixture: Fixture,
  network: FixtureNetwork,
  options: EngineOptions,
): Promise<number | Failure> {
  const { graph, program, coefficients, parameters } = network;
  if (!isProbing(metric)) {
    return metric.count({
      settings: chosen,
      cost: graphCost(graph, coefficients),
      graph: () => graph,
      coefficients,
      skipSpans: () => null,
    });
  }
  const { batchSize, images, labels } = seenBy(metric, { settings: chosen, testBatch }, network, fixture);
  const settings = 'batchSize' in chosen ? { ...chosen, batchSize } : chosen;
  const { absolute = false } = metric.pass(settings);
  const data = absolute ? parameters.map(Math.abs) : parameters;
  const repeat: Repeat = { inputs: images, labels, weights: { kind: 'explicit', data } };
  const { evaluations } = await program.evaluate({
    tasks: withSigns(metric.tasks(settings, graph), fixture),
    batchSize,
    repeats: [repeat],
    candidates: [coefficients],
    ...options,
  });
  return metric.value(evaluations[0]!, { settings, graph, coefficients, labels, weights: () => data });
}
