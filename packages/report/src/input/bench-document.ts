import { z } from 'zod';
import { anyText, count, finiteNumber } from './parse-document.js';

const nullable = finiteNumber.nullable();

/** What a report reads of a result of `npm run bench`, `bench:peer` and `bench:scaling`. */
export const benchSchema = z.object({
  format: z.literal('tenas-bench-1', { error: () => 'tenas-bench-1' }),
  kind: anyText,
  date: anyText,
  machine: z.object({
    cpu: anyText,
    cores: count,
    isa: anyText,
    node: anyText,
    compiler: anyText,
    commit: anyText,
  }),
  roofline: z
    .object({
      peak: z.array(z.object({ isa: anyText, lanes: count, gflops: finiteNumber })),
      read: z.array(z.object({ level: anyText, gigabytesPerSecond: finiteNumber })),
    })
    .nullable(),
  warnings: z.array(anyText),
  rows: z.array(
    z.object({
      name: anyText,
      title: anyText,
      unit: anyText,
      better: z.enum(['lower', 'higher'], { error: () => 'lower or higher' }),
      summary: z.object({ count, min: nullable, p10: nullable, median: nullable, p90: nullable }),
      target: finiteNumber.optional(),
      stretch: finiteNumber.optional(),
      gflops: nullable.optional(),
      intensity: nullable.optional(),
      shareOfPeak: nullable.optional(),
      settings: z.record(anyText, z.union([anyText, finiteNumber])).optional(),
    }),
  ),
});

/** A result of a benchmark, checked. */
export type Bench = z.output<typeof benchSchema>;

/** One measured thing. */
export type BenchRow = Bench['rows'][number];
