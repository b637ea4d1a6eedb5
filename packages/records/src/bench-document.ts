import { z } from 'zod';
import { amount, better, byName, count, finite, type Immutable, list, name, text } from './fields.js';

/** Format of the results of benchmarks. */
export const BENCH_FORMAT = 'tenas-bench-1';

const nullable = finite.nullable();

/** How samples are distributed; null where there are none. */
export const benchSummarySchema = z.object({
  count,
  min: nullable,
  p10: nullable,
  median: nullable,
  p90: nullable,
});

const row = z.object({
  /** Unique and stable, so that runs can be compared. */
  name: text,
  title: text,
  unit: text,
  better,
  summary: benchSummarySchema,
  samples: list(finite, 1_000_000, 'a list of numbers').optional(),
  target: finite.optional(),
  stretch: finite.optional(),
  /** Two operations a multiply-add, of the plain algorithm; over the time at the median. */
  gflops: nullable.optional(),
  /** Operations for each byte, were every tensor of the layer read or written in memory once a pass. */
  intensity: nullable.optional(),
  /** Share of the multiply-add peak of the threads that were used. */
  shareOfPeak: nullable.optional(),
  note: text.optional(),
  settings: byName(z.union([text, finite], { error: () => 'text or a number' }), 256).optional(),
});

/** A result of `npm run bench`, `bench:peer` or `bench:scaling`. */
export const benchDocumentSchema = z.object({
  format: z.literal(BENCH_FORMAT, { error: () => BENCH_FORMAT }),
  /** The program that ran: `bench`, `peer` or `scaling`. */
  kind: name,
  /** ISO 8601, when it began. */
  date: text,
  /** First of the seeds that inputs and weights come from. */
  seed: count.optional(),
  machine: z.object({
    cpu: text,
    cores: count,
    isa: text,
    memoryBytes: amount.optional(),
    node: text,
    compiler: text,
    /** How the processor's frequency is chosen; absent: unknown. */
    governor: text.optional(),
    commit: text,
    dirty: z.boolean({ error: () => 'true or false' }).optional(),
    loadBefore: finite.optional(),
  }),
  /** null: not measured. */
  roofline: z
    .object({
      peak: list(z.object({ isa: text, lanes: count, gflops: finite }), 64),
      read: list(z.object({ level: text, gigabytesPerSecond: finite }), 64),
    })
    .nullable(),
  warnings: list(text, 1000),
  rows: list(row, 10_000, 'a list of rows'),
});

/** A result of a benchmark. */
export type BenchDocument = Immutable<z.output<typeof benchDocumentSchema>>;

/** One measured thing. */
export type BenchRow = BenchDocument['rows'][number];
