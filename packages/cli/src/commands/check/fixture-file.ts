import { parseJson, readInput, TenasError } from '@tenas/base';
import { readSafetensors } from '@tenas/graph';
import { z } from 'zod';

/** Fixtures are a few megabytes; anything far larger is not one. */
const maximumBytes = 512 * 1024 * 1024;

/** A supernet's case lists every operation of every edge. */
const caseLimits = { length: 1 << 20, depth: 8, containers: 10_000, keys: 10_000 } as const;

const count = z.int().min(1).max(65_536);
/** Deviation of single precision, by what deviates. */
const precision = z.record(z.string(), z.number().min(0));

/** The network's description in every fixture. */
export const networkFields = {
  name: z.string().min(1),
  space: z.string().min(1),
  params: z.object({
    C: count,
    N: count,
    /** NAS-Bench-201: -1 is all cells. */
    depth: z.int().min(-1).max(65_536).optional(),
    use_stem: z.boolean().optional(),
    stem_multiplier: count.optional(),
    num_classes: count,
  }),
};

const common = {
  ...networkFields,
  f32_error_batch: precision.optional(),
  f32_error_sample: precision.optional(),
  /**
   * By metric, in fixtures of metrics: relative deviation with the network in single precision, and with everything in
   * it.
   */
  f32_error: z.record(z.string(), z.tuple([z.number(), z.number()])).optional(),
  /** Wanted size and tolerance of the regularised form of the metric swap. */
  swap_mu: z.number().optional(),
  swap_sigma: z.number().optional(),
};

/** The two kinds of networks, with the fields that only one has. */
export const networkKinds = {
  supernet: {
    kind: z.literal('supernet'),
    active: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
  },
  architecture: { kind: z.literal('architecture'), architecture: z.string().min(1) },
};

const caseSchema = z.discriminatedUnion('kind', [
  z.object({ ...common, ...networkKinds.supernet }),
  z.object({ ...common, ...networkKinds.architecture }),
]);

/** The content of `__metadata__.case` of a fixture. */
export type FixtureCase = z.output<typeof caseSchema>;

/** Tensors by name. */
export type Tensors = ReturnType<typeof readSafetensors>['tensors'];

/** The content of fixtures beside the parameters of their network. */
const BESIDE_PARAMETERS = /^(input|labels|test_input|test_labels)$/;

/** Random numbers that a metric has to take in place of its own, `noise.NAME`. */
const NOISE = 'noise.';

/** A reference fixture: the case, the images, the parameters, and what is expected of them. */
export interface Fixture {
  readonly case: FixtureCase;
  readonly input: { readonly shape: readonly number[]; readonly data: Float32Array };
  /** Class of each image, where the fixture has them. */
  readonly labels?: Int32Array | undefined;
  /** A second batch, for metrics that need one. */
  readonly test?: { readonly data: Float32Array; readonly labels: Int32Array } | undefined;
  readonly parameters: Tensors;
  /** By name. */
  readonly noise: ReadonlyMap<string, Float32Array>;
  readonly expected: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly values: ArrayLike<number> }
  >;
}

/** The error of a file that is no fixture, or not a whole one. */
export function invalid(path: string, problem: string, field: string, value?: unknown): TenasError {
  return new TenasError('FIXTURE_INVALID', `${path}: ${problem}`, { field, value });
}

/** A fixture's file: tensors by name, and what `__metadata__.case` says. */
export interface FixtureFile {
  readonly path: string;
  readonly tensors: Tensors;
  readonly case: unknown;
}

/**
 * Reads the file of a fixture.
 * @throws TenasError naming the file; FIXTURE_INVALID where it is a safetensors file but not a fixture
 */
export async function readFixtureFile(path: string): Promise<FixtureFile> {
  const { tensors, metadata } = await readNamed(path);
  if (metadata.case === undefined)
    throw invalid(path, 'no `case` in its metadata: not a fixture', '__metadata__.case');
  return { path, tensors, case: caseJson(path, metadata.case) };
}

/**
 * A fixture without training, checked to be whole.
 * @throws TenasError FIXTURE_INVALID naming the file
 */
export function fixtureOf({ path, tensors, case: json }: FixtureFile): Fixture {
  const described = parseCase(path, json, caseSchema);
  const input = tensors.get('input');
  if (input === undefined) throw invalid(path, 'has no tensor `input`', 'input');
  if (!(input.data instanceof Float32Array)) throw invalid(path, `input is ${input.dtype}, not F32`, 'input');
  const rank = input.shape.length;
  if (rank !== 4 && rank !== 5) {
    const wanted = '[N,C,H,W] for one batch or [batches,N,C,H,W] for several';
    throw invalid(
      path,
      `input has shape [${input.shape.join(',')}]; it has to be ${wanted}`,
      'input',
      input.shape,
    );
  }
  const parameters: Tensors = new Map();
  const noise = new Map<string, Float32Array>();
  const expected = new Map<string, { shape: readonly number[]; values: ArrayLike<number> }>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith('expected.')) {
      expected.set(name.slice('expected.'.length), {
        shape: tensor.shape,
        values: Array.from(tensor.data, Number),
      });
    } else if (name.startsWith(NOISE)) {
      noise.set(name.slice(NOISE.length), Float32Array.from(tensor.data, Number));
    } else if (!BESIDE_PARAMETERS.test(name)) {
      parameters.set(name, tensor);
    }
  }
  const labels = tensors.get('labels');
  return {
    case: described,
    input: { shape: input.shape, data: input.data },
    labels: labels && Int32Array.from(labels.data, Number),
    test: testBatch(tensors),
    parameters,
    noise,
    expected,
  };
}

/** The second batch of a fixture, where it has one. */
function testBatch(tensors: Tensors): Fixture['test'] {
  const [images, labels] = [tensors.get('test_input'), tensors.get('test_labels')];
  if (!(images?.data instanceof Float32Array) || labels === undefined) return undefined;
  return { data: images.data, labels: Int32Array.from(labels.data, Number) };
}

async function readNamed(path: string): Promise<ReturnType<typeof readSafetensors>> {
  const bytes = await readInput(path, { maxBytes: maximumBytes });
  try {
    return readSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    const details = { field: error.field ?? 'file', value: error.value, cause: error };
    throw new TenasError(error.code, `${path}: ${error.message}`, details);
  }
}

function caseJson(path: string, text: string): unknown {
  try {
    return parseJson(text, caseLimits);
  } catch {
    throw invalid(path, '`case` in its metadata is not JSON', '__metadata__.case', text.slice(0, 80));
  }
}

/**
 * The checked content of a fixture's case.
 * @throws TenasError FIXTURE_INVALID naming the file and the field
 */
export function parseCase<T extends z.ZodType>(path: string, json: unknown, schema: T): z.output<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = ['case', ...(issue?.path ?? [])].join('.');
  throw invalid(path, `${where} in its metadata: ${issue?.message ?? 'not as expected'}`, where);
}
