import { compileSubject, type Subject } from '@tenas/cli';
import { type BenchCase, type BenchContext, row, timeRow } from './bench-context.js';
import type { Row } from './result.js';
import { peakOf } from './roofline.js';
import {
  MEASURED_SPACES,
  type MeasuredSpace,
  PROTOCOL_BATCH,
  protocolNtk,
  protocolRegions,
  singleNetNtk,
} from './subjects.js';
import { timeSamples } from './timing.js';

/** One metric on one network with a number of threads. */
interface MetricCase {
  readonly name: string;
  readonly title: string;
  readonly subject: () => Subject;
  readonly threads: 1 | 'all';
  readonly unit: 'ms' | 's';
  /** Evaluations in one request; default 1. */
  readonly evaluations?: number;
  readonly target?: number;
  readonly stretch?: number;
}

/** Targets are those for two cores of this kind; ratios to the peer are measured by `npm run bench:peer`. */
const METRICS: readonly MetricCase[] = [
  {
    name: 'ntk-sample-nas-bench-201',
    title: 'NTK sample, NAS-Bench-201 supernet, batch 72, 1 thread',
    subject: () => protocolNtk('nas-bench-201', { mode: 'sample' }),
    threads: 1,
    unit: 'ms',
    target: 30,
    stretch: 18,
  },
  {
    name: 'ntk-sample-darts',
    title: 'NTK sample, DARTS supernet, batch 14, 1 thread',
    subject: () => protocolNtk('darts', { mode: 'sample' }),
    threads: 1,
    unit: 'ms',
    target: 15,
    stretch: 8,
  },
  ...(['nas-bench-201', 'darts'] as const).flatMap((space): MetricCase[] => [
    {
      name: `ntk-sample-${space}-candidates`,
      title: `NTK sample, ${title(space)} supernet, batch ${PROTOCOL_BATCH[space]}, all threads over 8 candidates`,
      subject: () => protocolNtk(space, { mode: 'sample' }),
      threads: 'all',
      evaluations: 8,
      unit: 'ms',
    },
    ...([1, 'all'] as const).map(
      (threads): MetricCase => ({
        name: `ntk-batch-${space}${threads === 1 ? '-1-thread' : ''}`,
        title: `NTK batch, ${title(space)} supernet, batch ${PROTOCOL_BATCH[space]}, ${threads === 1 ? '1 thread' : 'all threads'}`,
        subject: () => protocolNtk(space, { mode: 'batch' }),
        threads,
        unit: 'ms',
      }),
    ),
    {
      name: `regions-${space}`,
      title: `regions, ${title(space)} supernet, 3 x 1000, 1 thread`,
      subject: () => protocolRegions(space),
      threads: 1,
      unit: 'ms',
    },
  ]),
  {
    name: 'single-net-batch',
    title: 'NTK batch, nor_conv_3x3 net C=16 N=5, batch 32, all threads',
    subject: () => singleNetNtk({ mode: 'batch', batchSize: 32 }),
    threads: 'all',
    unit: 's',
  },
];

function title(space: MeasuredSpace): string {
  return MEASURED_SPACES[space].title;
}

async function runMetric(one: MetricCase, context: BenchContext): Promise<Row[]> {
  const { name, unit, target, stretch, evaluations } = one;
  const subject = one.subject();
  const threads = one.threads === 'all' ? context.threads : 1;
  using program = compileSubject(subject);
  const seconds = await timeSamples(program, subject, {
    seeds: context.seeds,
    repetitions: context.repetitions,
    threads,
    ...(evaluations === undefined ? {} : { evaluations }),
  });
  const facts = {
    name,
    title: one.title,
    unit,
    settings: { threads, batchSize: subject.batchSize, evaluations: evaluations ?? 1 },
    ...(target === undefined ? {} : { target }),
    ...(stretch === undefined ? {} : { stretch }),
  };
  return [timeRow(context, facts, { seconds, multiplyAdds: subject.work.total, threads })];
}

/** The convolution-heavy net in `sample` mode, whose target is a share of the peak: the time, and the share for each sample. */
async function singleNetSample(context: BenchContext): Promise<Row[]> {
  const subject = singleNetNtk({ mode: 'sample', batchSize: 32 });
  using program = compileSubject(subject);
  const { seeds, repetitions, isa, roofline } = context;
  const seconds = await timeSamples(program, subject, { seeds, repetitions, threads: 1 });
  const settings = { threads: 1, batchSize: subject.batchSize, evaluations: 1 };
  const name = 'single-net-sample';
  const what = 'nor_conv_3x3 net C=16 N=5, batch 32, 1 thread';
  const time = timeRow(
    context,
    { name, title: `NTK sample, ${what}`, unit: 'ms', settings },
    { seconds, multiplyAdds: subject.work.total, threads: 1 },
  );
  if (roofline === null) return [time];
  // The whole time counts, but only the work of the passes: the Gram matrix and all else is overhead.
  const { forward, backward } = subject.work;
  const percent = (value: number) => (200 * (forward + backward)) / value / 1e9 / peakOf(roofline, isa);
  const share = {
    name: `${name}-share`,
    title: `forward + backward share of the FMA peak, ${what}`,
    unit: '%',
    better: 'higher' as const,
    target: 50,
    stretch: 70,
    settings,
  };
  return [time, row(share, seconds.map(percent))];
}

/** Every metric on every network of the table of targets. */
export const metricCases: readonly BenchCase[] = [
  ...METRICS.map((one): BenchCase => ({ name: one.name, run: (context) => runMetric(one, context) })),
  { name: 'single-net-sample', run: singleNetSample },
];
