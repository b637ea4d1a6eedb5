import { summarise } from '@tenas/base';
import { compileSubject, type Subject } from '@tenas/cli';
import { csvText } from '@tenas/records';
import { row } from './bench-context.js';
import type { Row } from './result.js';
import { protocolNtk, protocolRegions, singleNetNtk } from './subjects.js';
import { type Seeds, timeOnce } from './timing.js';

/** One point of a curve. */
interface Point {
  readonly value: number;
  readonly subject: Subject;
  readonly threads: number;
  /** Evaluations in one request. */
  readonly evaluations: number;
  /** Whether times are those of one evaluation or, where the number of evaluations varies, of the whole request. */
  readonly per: 'evaluation' | 'request';
}

/** A curve: time against one quantity, with all else fixed. */
export interface ScalingCase {
  readonly name: string;
  readonly title: string;
  /** The quantity that varies. */
  readonly quantity: string;
  readonly points: (threads: number) => Point[];
}

const one = (value: number, subject: Subject): Point => ({
  value,
  subject,
  threads: 1,
  evaluations: 1,
  per: 'evaluation',
});

/** 1, 2, 4, ... and the number of threads itself. */
export function threadCounts(most: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, exponent) => 2 ** exponent);
  return powers.at(-1) === most ? powers : [...powers, most];
}

/** Every curve of `npm run bench:scaling`; one thread where threads are not what varies. */
export const scalingCases: readonly ScalingCase[] = [
  ...(['sample', 'batch'] as const).flatMap((mode): ScalingCase[] => [
    ...(['nas-bench-201', 'darts'] as const).map(
      (space): ScalingCase => ({
        name: `batch-size-${mode}-${space}`,
        title: `NTK ${mode}, ${space} supernet`,
        quantity: 'batch size',
        points: () =>
          (mode === 'sample' ? [8, 16, 32, 64, 128] : [4, 8, 16, 32]).map((batchSize) =>
            one(batchSize, protocolNtk(space, { mode, batchSize })),
          ),
      }),
    ),
    {
      name: `channels-${mode}`,
      title: `NTK ${mode}, nas-bench-201 supernet, batch ${mode === 'sample' ? 32 : 8}`,
      quantity: 'channels',
      points: () =>
        [1, 2, 4, 8, 16].map((channels) =>
          one(
            channels,
            protocolNtk('nas-bench-201', { mode, batchSize: mode === 'sample' ? 32 : 8, channels }),
          ),
        ),
    },
    {
      name: `depth-${mode}`,
      title: `NTK ${mode}, nor_conv_3x3 net C=4, batch 16`,
      quantity: 'cells per stage',
      points: () => [1, 2, 3, 5].map((N) => one(N, singleNetNtk({ mode, batchSize: 16, C: 4, N }))),
    },
  ]),
  {
    name: 'inputs-regions',
    title: 'regions, nas-bench-201 supernet, 3 batches',
    quantity: 'batch size',
    points: () =>
      [100, 300, 1000, 3000].map((batchSize) =>
        one(batchSize, protocolRegions('nas-bench-201', { batchSize })),
      ),
  },
  {
    name: 'candidates',
    title: 'NTK sample, nas-bench-201 supernet, batch 32, all threads, whole request',
    quantity: 'candidates',
    points: (threads) => {
      const subject = protocolNtk('nas-bench-201', { mode: 'sample', batchSize: 32 });
      return [1, 2, 4, 8, 16, 32].map((value) => ({
        value,
        subject,
        threads,
        evaluations: value,
        per: 'request' as const,
      }));
    },
  },
  ...(['sample', 'batch'] as const).map(
    (mode): ScalingCase => ({
      name: `threads-${mode}`,
      title: `NTK ${mode}, nas-bench-201 supernet, batch 32, ${mode === 'sample' ? 'over 16 candidates' : 'one candidate'}`,
      quantity: 'threads',
      points: (most) => {
        const subject = protocolNtk('nas-bench-201', { mode, batchSize: 32 });
        return threadCounts(most).map((threads) => ({
          value: threads,
          subject,
          threads,
          evaluations: mode === 'sample' ? 16 : 1,
          per: 'evaluation' as const,
        }));
      },
    }),
  ),
];

/** A measured curve. */
export interface Curve {
  readonly case: ScalingCase;
  readonly rows: readonly Row[];
  /** The exponent of time ~ quantity ^ exponent, by least squares on logarithms; NaN with fewer than two points. */
  readonly exponent: number;
}

/** Slope of log y against log x by least squares. */
export function growthExponent(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (of: 0 | 1) => logs.reduce((sum, log) => sum + log[of], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** Measures a curve. Points take turns, so that a disturbance does not fall on one of them alone. */
export async function measureCurve(
  scaling: ScalingCase,
  context: { readonly seeds: Seeds; readonly repetitions: number; readonly threads: number },
): Promise<Curve> {
  const points = scaling.points(context.threads).map((point) => ({
    ...point,
    program: compileSubject(point.subject),
    samples: [] as number[],
  }));
  try {
    for (let repetition = -1; repetition < context.repetitions; repetition++) {
      for (const { program, subject, threads, evaluations, per, samples } of points) {
        const seconds = await timeOnce(program, subject, { seeds: context.seeds, threads, evaluations });
        if (repetition >= 0) samples.push(1000 * seconds * (per === 'request' ? evaluations : 1));
      }
    }
  } finally {
    for (const { program } of points) program.dispose();
  }
  const rows = points.map(({ value, threads, evaluations, subject, samples }) =>
    row(
      {
        name: `scaling-${scaling.name}-${value}`,
        title: `${scaling.title}: ${scaling.quantity} ${value}`,
        unit: 'ms',
        settings: { value, threads, evaluations, multiplyAdds: subject.work.total },
      },
      samples,
    ),
  );
  const exponent = growthExponent(
    points.map(({ value, samples }): [number, number] => [value, summarise(samples).median]),
  );
  return { case: scaling, rows, exponent };
}

/** Curves as CSV: one line a point. */
export function curvesCsv(curves: readonly Curve[]): string {
  const points = curves.flatMap(({ case: { name, quantity }, rows }) =>
    rows.map(({ settings = {}, summary }) => ({
      curve: name,
      quantity,
      value: settings.value ?? null,
      threads: settings.threads ?? null,
      evaluations: settings.evaluations ?? null,
      multiply_adds_an_evaluation: settings.multiplyAdds ?? null,
      median_ms: summary.median,
      min_ms: summary.min,
      p10_ms: summary.p10,
      p90_ms: summary.p90,
      repetitions: summary.count,
    })),
  );
  return csvText(
    [
      'curve',
      'quantity',
      'value',
      'threads',
      'evaluations',
      'multiply_adds_an_evaluation',
      'median_ms',
      'min_ms',
      'p10_ms',
      'p90_ms',
      'repetitions',
    ],
    points,
  );
}
