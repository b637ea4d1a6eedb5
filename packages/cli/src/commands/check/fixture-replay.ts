import { TenasError } from '@tenas/base';
import { type Graph, liveNodes, nodeParams, packWeights } from '@tenas/graph';
import { type AnswerOf, type Device, Program, type Repeat, type Task } from '@tenas/native';
import { conditionOf, largestMagnitude, maxAbsDifference, relativeFrobenius } from './deviations.js';
import { type Fixture, readFixture } from './fixture-file.js';
import { fixtureNetwork } from './fixture-network.js';
import { type FixtureNetwork, type MetricComparison, replayMetrics } from './metric-replay.js';

/** How far single precision may be off; kernel and condition number are granted 20 times what the fixture measured. */
export const fixtureTolerances = {
  /** Largest logit difference over the largest logit. */
  logits: 1e-4,
  kernelFloor: 2e-5,
  conditionFloor: 2e-4,
  factor: 20,
} as const;

/** How a kernel compares with the expected one. */
export interface KernelComparison {
  readonly relFrobenius: number;
  readonly conditionRelError: number;
  readonly tolerance: { readonly relFrobenius: number; readonly conditionRelError: number };
  readonly ok: boolean;
}

/** A count that has to be exact. */
export interface CountComparison {
  readonly got: number;
  readonly expected: number;
}

/** What `tenas check` says of one file; the parts that a fixture holds no expectation for are absent. */
export interface FixtureReport {
  readonly file: string;
  readonly case: string;
  readonly ok: boolean;
  readonly logits?: { readonly maxAbs: number; readonly tolerance: number };
  readonly ntkBatch?: KernelComparison;
  readonly ntkSample?: KernelComparison;
  readonly regions?: CountComparison;
  readonly neurons?: CountComparison;
  /** Samples whose number of active neurons is not the expected one. */
  readonly popcounts?: { readonly differing: number };
  /** Metrics by the fixture's names. */
  readonly metrics?: Readonly<Record<string, MetricComparison>>;
  readonly seconds: number;
}

/** Settings of {@link replayFixture}. */
export interface ReplayOptions {
  readonly engine?: 'fast' | 'reference' | undefined;
  /** Default: all of the machine's. */
  readonly threads?: number | undefined;
  /** Default `auto`. */
  readonly device?: Device | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds a fixture's network, gives it the fixture's parameters and images, and compares what the engine makes of
 * them with what the fixture expects.
 * @throws TenasError naming the file where it cannot be read, is no fixture, or does not fit the network it describes
 */
export async function replayFixture(file: string, options: ReplayOptions = {}): Promise<FixtureReport> {
  const start = performance.now();
  const fixture = await readFixture(file);
  const replay = prepare(file, fixture, options);
  try {
    const report = await partsOf(replay, options);
    return {
      file,
      case: fixture.case.name,
      ok: verdict(report),
      ...report,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    replay.network.program.dispose();
  }
}

type Parts = Omit<FixtureReport, 'file' | 'case' | 'ok' | 'seconds'>;

async function partsOf(replay: Replay, options: ReplayOptions): Promise<Parts> {
  const { fixture, network } = replay;
  if (fixture.input.shape.length === 5) return await replayRegions(replay);
  const metrics = await replayMetrics(fixture, network, options);
  return Object.keys(metrics).length > 0 ? { metrics } : await replayKernels(replay);
}

interface Replay {
  readonly file: string;
  readonly fixture: Fixture;
  readonly network: FixtureNetwork;
  /** The answer to a task on the fixture's input. */
  readonly ask: <T extends Task>(task: T, batchSize: number) => Promise<AnswerOf<T>>;
}

function prepare(file: string, fixture: Fixture, options: ReplayOptions): Replay {
  const { graph, coefficients } = named(file, () => fixtureNetwork(fixture));
  const data = named(file, () => parameterValues(fixture, graph, coefficients));
  const program = Program.compile(graph);
  const repeat: Repeat = { inputs: fixture.input.data, weights: { kind: 'explicit', data } };
  const ask = async <T extends Task>(task: T, batchSize: number): Promise<AnswerOf<T>> => {
    const { evaluations } = await program.evaluate<readonly [T]>({
      tasks: [task],
      batchSize,
      repeats: [repeat],
      candidates: [coefficients],
      ...options,
    });
    return evaluations[0]![0];
  };
  return { file, fixture, network: { graph, coefficients, program, parameters: data }, ask };
}

/** Puts the file's name in front of errors about its content. */
function named<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    const details = { field: error.field ?? 'file', value: error.value, cause: error };
    throw new TenasError(error.code, `${file}: ${error.message}`, details);
  }
}

/** Fixtures hold only the parameters that are used: those that execute have to be there. */
function parameterValues(fixture: Fixture, graph: Graph, coefficients: Float64Array): Float32Array {
  const packed = packWeights(graph, fixture.parameters, { allowMissing: true });
  const live = liveNodes(graph, coefficients);
  const missing = new Set(packed.missing);
  for (const node of graph.nodes) {
    if (!live[node.id]) continue;
    for (const id of nodeParams(node)) {
      const { name, kind } = graph.params[id]!;
      // The statistics of the batch are used, never the running ones.
      if (kind === 'bnRunningMean' || kind === 'bnRunningVar' || !missing.has(name)) continue;
      throw new TenasError('FIXTURE_INVALID', `has no parameter ${name}, which its network uses`, {
        field: name,
      });
    }
  }
  return packed.data;
}

async function replayKernels(replay: Replay): Promise<Parts> {
  const { expected, input } = replay.fixture;
  const batchSize = input.shape[0]!;
  const described = replay.fixture.case;
  let logits: Parts['logits'];
  const compare = async (
    mode: 'batch' | 'sample',
    measured: { ntk_frobenius: number; condition: number } | undefined,
  ) => {
    const kernel = expected.get(`ntk_${mode}`);
    if (kernel === undefined) return undefined;
    requireShape(replay.file, `expected.ntk_${mode}`, kernel.shape, [batchSize, batchSize]);
    const got = await replay.ask({ kind: 'ntk', mode }, batchSize);
    logits = compareLogits(replay, got.logits, logits);
    const eigenvalues = expected.get(`eigenvalues_${mode}`);
    requireShape(replay.file, `expected.eigenvalues_${mode}`, eigenvalues?.shape ?? [], [batchSize]);
    return compareKernel(got, kernel.values, eigenvalues?.values ?? [], measured);
  };
  const ntkBatch = await compare('batch', described.f32_error_batch);
  const ntkSample = await compare('sample', described.f32_error_sample);
  if (ntkBatch === undefined && ntkSample === undefined) {
    const got = await replay.ask({ kind: 'forward', statistics: 'batch' }, batchSize);
    logits = compareLogits(replay, got.logits, undefined);
  }
  if (logits === undefined && ntkBatch === undefined && ntkSample === undefined) {
    throw new TenasError('FIXTURE_INVALID', `${replay.file}: expects nothing of a kernel or of logits`, {
      field: 'expected',
    });
  }
  return {
    ...(logits === undefined ? {} : { logits }),
    ...(ntkBatch === undefined ? {} : { ntkBatch }),
    ...(ntkSample === undefined ? {} : { ntkSample }),
  };
}

/** Both modes compute the logits: the worse of the two counts. */
function compareLogits(replay: Replay, got: Float32Array, before: Parts['logits']): Parts['logits'] {
  const expected = replay.fixture.expected.get('logits');
  if (expected === undefined) return undefined;
  const shape = [replay.fixture.input.shape[0]!, replay.fixture.case.params.num_classes];
  requireShape(replay.file, 'expected.logits', expected.shape, shape);
  const maxAbs = maxAbsDifference(got, expected.values);
  if (before !== undefined && !(maxAbs > before.maxAbs) && !Number.isNaN(maxAbs)) return before;
  return { maxAbs, tolerance: fixtureTolerances.logits * largestMagnitude(expected.values) };
}

function compareKernel(
  got: { readonly kernel: Float64Array; readonly eigenvalues: Float64Array },
  kernel: ArrayLike<number>,
  eigenvalues: ArrayLike<number>,
  measured: { ntk_frobenius: number; condition: number } | undefined,
): KernelComparison {
  const { factor, kernelFloor, conditionFloor } = fixtureTolerances;
  const tolerance = {
    relFrobenius: Math.max(kernelFloor, factor * (measured?.ntk_frobenius ?? 0)),
    conditionRelError: Math.max(conditionFloor, factor * (measured?.condition ?? 0)),
  };
  const relFrobenius = relativeFrobenius(got.kernel, kernel);
  const wanted = conditionOf(eigenvalues);
  const conditionRelError = Math.abs(conditionOf(got.eigenvalues) - wanted) / Math.abs(wanted);
  const ok = relFrobenius <= tolerance.relFrobenius && conditionRelError <= tolerance.conditionRelError;
  return { relFrobenius, conditionRelError, tolerance, ok };
}

async function replayRegions(replay: Replay): Promise<Parts> {
  const { expected, input } = replay.fixture;
  const batches = input.shape[0]!;
  const batchSize = input.shape[1]!;
  const regions = expected.get('linear_regions')?.values[0];
  const neurons = expected.get('neurons')?.values[0];
  const popcounts = expected.get('pattern_popcounts');
  if (regions === undefined) {
    throw new TenasError('FIXTURE_INVALID', `${replay.file}: has no expected.linear_regions`, {
      field: 'expected.linear_regions',
    });
  }
  if (popcounts !== undefined) {
    requireShape(replay.file, 'expected.pattern_popcounts', popcounts.shape, [batches * batchSize]);
  }
  const task = { kind: 'regions', batches, popcounts: popcounts !== undefined } as const;
  const got = await replay.ask(task, batchSize);
  const counted = got.popcounts;
  const differing = Array.from(popcounts?.values ?? []).filter(
    (value, index) => counted?.[index] !== value,
  ).length;
  return {
    regions: { got: got.regions, expected: regions },
    ...(neurons === undefined ? {} : { neurons: { got: got.neurons, expected: neurons } }),
    ...(popcounts === undefined ? {} : { popcounts: { differing } }),
  };
}

function requireShape(
  file: string,
  field: string,
  shape: readonly number[],
  wanted: readonly number[],
): void {
  if (shape.length === wanted.length && shape.every((size, axis) => size === wanted[axis])) return;
  throw new TenasError(
    'FIXTURE_INVALID',
    `${file}: ${field} has shape [${shape}]; the case needs [${wanted}]`,
    {
      field,
      value: shape,
    },
  );
}

// Comparisons are written so that NaN is off.
function verdict(parts: Parts): boolean {
  const { logits, ntkBatch, ntkSample, regions, neurons, popcounts, metrics = {} } = parts;
  return (
    Object.values(metrics).every(({ ok }) => ok !== false) &&
    (logits === undefined || logits.maxAbs <= logits.tolerance) &&
    (ntkBatch === undefined || ntkBatch.ok) &&
    (ntkSample === undefined || ntkSample.ok) &&
    (regions === undefined || regions.got === regions.expected) &&
    (neurons === undefined || neurons.got === neurons.expected) &&
    (popcounts === undefined || popcounts.differing === 0)
  );
}
