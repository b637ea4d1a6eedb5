import { summarise } from '@tenas/base';
import type { Row } from './result.js';
import { peakOf, type Roofline } from './roofline.js';
import type { Seeds } from './timing.js';

/** The context of every case of `npm run bench`. */
export interface BenchContext {
  readonly seeds: Seeds;
  readonly repetitions: number;
  /** Most threads that a case uses. */
  readonly threads: number;
  readonly isa: string;
  readonly roofline: Roofline | null;
  /** Folder of CIFAR-10, or null. */
  readonly cifar: string | null;
}

/** A measurement: its name says whether it is wanted, its work is done only then. */
export interface BenchCase {
  readonly name: string;
  readonly run: (context: BenchContext) => Promise<Row[]>;
}

/** The fields of a row beside its samples. */
export type RowFacts = Pick<Row, 'name' | 'title' | 'unit'> &
  Partial<Pick<Row, 'better' | 'target' | 'stretch' | 'note' | 'settings'>>;

/** A row of samples as they are. */
export function row(facts: RowFacts, samples: readonly number[]): Row {
  return { better: 'lower', ...facts, summary: summarise(samples), samples };
}

/** A row of seconds, in milliseconds or seconds, with the rate that `multiplyAdds` make in them. */
export function timeRow(
  context: Pick<BenchContext, 'isa' | 'roofline'>,
  facts: Omit<RowFacts, 'unit'> & { readonly unit: 'ms' | 's' },
  measured: { readonly seconds: readonly number[]; readonly multiplyAdds: number; readonly threads: number },
): Row {
  const { seconds, multiplyAdds, threads } = measured;
  const scale = facts.unit === 'ms' ? 1000 : 1;
  const plain = row(
    facts,
    seconds.map((value) => value * scale),
  );
  const gflops = (2 * multiplyAdds * scale) / plain.summary.median / 1e9;
  if (context.roofline === null) return { ...plain, gflops };
  return { ...plain, gflops, shareOfPeak: gflops / (threads * peakOf(context.roofline, context.isa)) };
}
