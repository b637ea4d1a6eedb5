import { TenasError } from '@tenas/base';
import { conditionOf, largestMagnitude, maxAbsDifference, relativeFrobenius } from './deviations.js';
import type { PreparedFixture } from './prepared-fixture.js';

// Fixtures and the documents of `tenas check` name what the engine was asked: both are formats of version 0.1.

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

/** How the engine's answers compare with a fixture's; those that the fixture does not expect are absent. */
export interface TaskComparisons {
  readonly logits?: { readonly maxAbs: number; readonly tolerance: number } | undefined;
  readonly ntkBatch?: KernelComparison | undefined;
  readonly ntkSample?: KernelComparison | undefined;
  readonly regions?: CountComparison | undefined;
  readonly neurons?: CountComparison | undefined;
  /** Samples whose number of active neurons is not the expected one. */
  readonly popcounts?: { readonly differing: number } | undefined;
}

type Logits = TaskComparisons['logits'];

/**
 * Compares the engine's answers on a fixture with what it expects: kernels and logits of one batch, counts of several.
 * @throws TenasError FIXTURE_INVALID naming the file where something is missing or has the wrong shape
 */
export async function replayTasks(prepared: PreparedFixture): Promise<TaskComparisons> {
  return prepared.fixture.input.shape.length === 5
    ? await replayRegions(prepared)
    : await replayKernels(prepared);
}

// Comparisons are written so that NaN is off.
/** Whether everything is within its tolerance. */
export function tasksAgree(comparisons: TaskComparisons): boolean {
  const { logits, ntkBatch, ntkSample, regions, neurons, popcounts } = comparisons;
  return (
    (logits === undefined || logits.maxAbs <= logits.tolerance) &&
    (ntkBatch === undefined || ntkBatch.ok) &&
    (ntkSample === undefined || ntkSample.ok) &&
    (regions === undefined || regions.got === regions.expected) &&
    (neurons === undefined || neurons.got === neurons.expected) &&
    (popcounts === undefined || popcounts.differing === 0)
  );
}

/** One line of text per comparison. */
export function taskTexts({ logits, ntkBatch, ntkSample, regions, neurons }: TaskComparisons): string[] {
  return [
    logits === undefined ? '' : `logits ${logits.maxAbs.toExponential(1)}`,
    kernelText('batch', ntkBatch),
    kernelText('sample', ntkSample),
    regions === undefined ? '' : `regions ${regions.got} (expected ${regions.expected})`,
    neurons === undefined ? '' : `neurons ${neurons.got} (expected ${neurons.expected})`,
  ].filter((part) => part !== '');
}

function kernelText(mode: string, comparison: KernelComparison | undefined): string {
  if (comparison === undefined) return '';
  const kernel = comparison.relFrobenius.toExponential(1);
  return `${mode} kernel ${kernel} condition ${comparison.conditionRelError.toExponential(1)}`;
}

async function replayKernels(prepared: PreparedFixture): Promise<TaskComparisons> {
  const { expected, input } = prepared.fixture;
  const batchSize = input.shape[0]!;
  const described = prepared.fixture.case;
  let logits: Logits;
  const compare = async (
    mode: 'batch' | 'sample',
    measured: Readonly<Record<string, number>> | undefined,
  ) => {
    const kernel = expected.get(`ntk_${mode}`);
    if (kernel === undefined) return undefined;
    requireShape(prepared.file, `expected.ntk_${mode}`, kernel.shape, [batchSize, batchSize]);
    const got = await prepared.ask({ kind: 'ntk', mode }, batchSize);
    logits = compareLogits(prepared, got.logits, logits);
    const eigenvalues = expected.get(`eigenvalues_${mode}`);
    requireShape(prepared.file, `expected.eigenvalues_${mode}`, eigenvalues?.shape ?? [], [batchSize]);
    return compareKernel(got, kernel.values, eigenvalues?.values ?? [], measured);
  };
  const ntkBatch = await compare('batch', described.f32_error_batch);
  const ntkSample = await compare('sample', described.f32_error_sample);
  if (ntkBatch === undefined && ntkSample === undefined) {
    const got = await prepared.ask({ kind: 'forward', statistics: 'batch' }, batchSize);
    logits = compareLogits(prepared, got.logits, undefined);
  }
  if (logits === undefined && ntkBatch === undefined && ntkSample === undefined) {
    throw new TenasError('FIXTURE_INVALID', `${prepared.file}: expects nothing of a kernel or of logits`, {
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
function compareLogits(prepared: PreparedFixture, got: Float32Array, before: Logits): Logits {
  const expected = prepared.fixture.expected.get('logits');
  if (expected === undefined) return undefined;
  const shape = [prepared.fixture.input.shape[0]!, prepared.fixture.case.params.num_classes];
  requireShape(prepared.file, 'expected.logits', expected.shape, shape);
  const maxAbs = maxAbsDifference(got, expected.values);
  if (before !== undefined && !(maxAbs > before.maxAbs) && !Number.isNaN(maxAbs)) return before;
  return { maxAbs, tolerance: fixtureTolerances.logits * largestMagnitude(expected.values) };
}

function compareKernel(
  got: { readonly kernel: Float64Array; readonly eigenvalues: Float64Array },
  kernel: ArrayLike<number>,
  eigenvalues: ArrayLike<number>,
  measured: Readonly<Record<string, number>> | undefined,
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

async function replayRegions(prepared: PreparedFixture): Promise<TaskComparisons> {
  const { expected, input } = prepared.fixture;
  const batches = input.shape[0]!;
  const batchSize = input.shape[1]!;
  const regions = expected.get('linear_regions')?.values[0];
  const neurons = expected.get('neurons')?.values[0];
  const popcounts = expected.get('pattern_popcounts');
  if (regions === undefined) {
    throw new TenasError('FIXTURE_INVALID', `${prepared.file}: has no expected.linear_regions`, {
      field: 'expected.linear_regions',
    });
  }
  if (popcounts !== undefined) {
    requireShape(prepared.file, 'expected.pattern_popcounts', popcounts.shape, [batches * batchSize]);
  }
  const task = { kind: 'regions', batches, popcounts: popcounts !== undefined } as const;
  const got = await prepared.ask(task, batchSize);
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
