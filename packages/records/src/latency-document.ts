import { z } from 'zod';
import {
  amount,
  architectureText,
  count,
  finite,
  type Immutable,
  jsonObject,
  list,
  name,
  text,
} from './fields.js';
import { modelReferenceSchema } from './model-reference.js';

/** Version of the documents of `tenas latency`. */
export const LATENCY_VERSION = 1;

const yesOrNo = z.boolean({ error: () => 'true or false' });

/** The machine that latencies were measured on. */
export const latencyMachineSchema = z.object({
  cpu: text,
  cores: count.min(1, { error: () => 'a whole number from 1' }),
  /** Operating system and architecture. */
  platform: text,
  memoryBytes: amount,
  node: text,
});

/** The machine that latencies were measured on. */
export type LatencyMachine = Immutable<z.output<typeof latencyMachineSchema>>;

/** How latencies were measured: two measurements compare where all of these are equal. */
export const latencySetupSchema = z.object({
  /** Name of the device: the one given, else the processor's. */
  device: name,
  /** Images per run. */
  batch: count,
  /** Threads within an operator. */
  threads: count,
  runtime: z.object({ name, version: text, provider: name }),
  machine: latencyMachineSchema,
  /** Load average over a minute, before and after. */
  load: z.object({ before: amount, after: amount }),
});

/** How latencies were measured. */
export type LatencySetup = Immutable<z.output<typeof latencySetupSchema>>;

/** The latency of one network, in ms. */
const timing = {
  median: amount,
  p10: amount,
  p90: amount,
  /** Timed runs. */
  runs: count,
  /** Half of the 95 % confidence interval of the median over the median. */
  relativeError: amount,
  /** Whether `relativeError` is as small as was asked for. */
  converged: yesOrNo,
  /** Untimed runs before. */
  warmUpRuns: count,
};

const network = {
  architecture: architectureText,
  /** null: of a network from a file. */
  params: count.nullable(),
  /** Multiply-adds of one image; null: of a network from a file. */
  macs: count.nullable(),
  ...timing,
};

const common = {
  latencyVersion: z.literal(LATENCY_VERSION, { error: () => String(LATENCY_VERSION) }),
  space: name,
  unit: z.literal('ms', { error: () => 'ms' }),
  /** The size of the networks, as the space has it; absent: of a network from a file. */
  network: jsonObject.optional(),
  /** [channels, height, width] of one image. */
  input: list(count, 3, 'a list of three numbers'),
  ...latencySetupSchema.shape,
  warnings: list(text, 100),
};

/** The document of `tenas latency --json` about one network. */
export const latencyDocumentSchema = z.object({
  kind: z.literal('latency', { error: () => 'latency' }),
  ...common,
  ...network,
  /** The file that the network was read from. */
  model: modelReferenceSchema.omit({ weights: true }).optional(),
  /** Growth of the resident memory while the network was loaded and run; null where the system does not tell. */
  memoryBytes: amount.nullable(),
});

/** A document of `tenas latency` about one network. */
export type LatencyDocument = Immutable<z.output<typeof latencyDocumentSchema>>;

/** The document of `tenas latency --list --json`. */
export const latencyListSchema = z.object({
  kind: z.literal('latency-list', { error: () => 'latency-list' }),
  ...common,
  /** How often each network was measured; of each the smallest median counts. Absent: once. */
  rounds: count.min(1, { error: () => 'a whole number from 1' }).optional(),
  networks: list(z.object(network), 1_000_000),
  /** Spearman's rank correlation of the medians with other columns; null where one has equal values alone. */
  correlations: list(z.object({ column: name, networks: count, spearman: finite.nullable() }), 1000),
});

/** A document of `tenas latency` about several networks. */
export type LatencyList = Immutable<z.output<typeof latencyListSchema>>;
