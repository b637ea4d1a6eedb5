import { plural, type Summary, summarise } from '@tenas/base';
import {
  chooseMetrics,
  isTraining,
  type Metric,
  type MetricChoice,
  type TrainingMetric,
} from '@tenas/metrics/definitions';
import { nativeInfo, type Program } from '@tenas/native';
import { benchText } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import type { EvaluationWork } from '../../benchmark/evaluation-work.js';
import { metricSubject, needsArchitecture } from '../../benchmark/metric-subject.js';
import { compileSubject, freshRepeats, type Subject } from '../../benchmark/subject.js';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { optionInvalid } from '../../flag-reading.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { type Io, printResult, showProgress } from '../../io.js';
import { metricsGiven } from '../../metric-settings.js';
import { PlugIns } from '../../plug-ins.js';
import type { GivenSetting } from '../../settings-option.js';
import { tableText } from '../../table-text.js';
import { benchDocument, benchStart } from './document.js';
import type { benchUsage } from './options.js';
import { type TrainingSubject, timeTrainings, trainingSubject } from './training.js';

type Given = GivenOf<typeof benchUsage>;

/** A request of about this many evaluations keeps every thread busy to its end. */
const EVALUATIONS_PER_THREAD = 4;
/** A CUDA device is filled by many evaluations at a time. */
const EVALUATIONS_ON_CUDA = 128;

/** Measurements on one number of threads. */
interface ThreadResult {
  readonly threads: number;
  /** The engine that evaluated. */
  readonly device: 'cpu' | 'cuda';
  /** Evaluations in one timed request. */
  readonly evaluations: number;
  readonly millisecondsPerEvaluation: Summary;
  readonly evaluationsPerSecond: number;
  /** Two operations per multiply-add. */
  readonly gflops: number;
  /** Against the first number of threads that was measured. */
  readonly speedUp: number;
  readonly peakResidentBytes: number;
}

/** Measurements of trainings. */
interface TrainingResult extends ThreadResult {
  /** Images that were trained on, those of each epoch again. */
  readonly imagesPerSecond: number;
}

/** The metric with what `--set` and the flags that stand for a setting give. */
function choiceOf(metric: Metric, { set, mode, batch }: Given): MetricChoice {
  const short = { mode, batchSize: batch };
  const given = Object.entries(short).flatMap(([field, value]): GivenSetting[] =>
    value === undefined ? [] : [{ key: `${metric.name}.${field}`, text: String(value) }],
  );
  return metricsGiven([metric], [...given, ...set])[0]!;
}

async function measure(
  program: Program,
  subject: Subject,
  run: {
    readonly given: Given;
    readonly threads: number;
    readonly onCuda: boolean;
    readonly io: Io;
    /** Notes of the engine, each once. */
    readonly notes: Set<string>;
  },
): Promise<Omit<ThreadResult, 'speedUp'>> {
  const { given, threads, onCuda, io, notes } = run;
  const evaluations = given.evaluations ?? (onCuda ? EVALUATIONS_ON_CUDA : EVALUATIONS_PER_THREAD * threads);
  const samples: number[] = [];
  let used: 'cpu' | 'cuda' = 'cpu';
  showProgress(io, `measuring ${onCuda ? 'on the CUDA device' : `with ${plural(threads, 'thread')}`}\n`);
  // The first round pays for pages and caches and is not counted.
  for (let round = -1; round < given.repetitions; round++) {
    const number = given.seed + (round + 1) * evaluations;
    const repeats = freshRepeats(subject, number, evaluations);
    const evaluated = await program.evaluate({
      tasks: subject.tasks,
      batchSize: subject.batchSize,
      repeats,
      candidates: [subject.coefficients],
      threads,
      device: given.device,
      signal: io.signal,
    });
    used = evaluated.device;
    for (const note of evaluated.notes) {
      if (!notes.has(note)) io.err(`note: ${note}\n`);
      notes.add(note);
    }
    if (round >= 0) samples.push((evaluated.seconds * 1000) / evaluations);
  }
  const millisecondsPerEvaluation = summarise(samples);
  const perSecond = 1000 / millisecondsPerEvaluation.median;
  return {
    threads,
    device: used,
    evaluations,
    millisecondsPerEvaluation,
    evaluationsPerSecond: perSecond,
    gflops: (2 * subject.work.total * perSecond) / 1e9,
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** `tenas bench`: how fast a metric is on this machine, on fresh random inputs and weights every time. */
export async function bench({ given, json, io }: Invocation<typeof benchUsage>): Promise<ExitCode> {
  if (json && given.format !== undefined) {
    throw optionInvalid('--format', given.format, 'it or --json: each prints a document');
  }
  const start = benchStart();
  const plugIns = new PlugIns();
  const space = await plugIns.space(given.space);
  const metric = await plugIns.metric(given.metric);
  const choice = choiceOf(metric, given);
  if (isTraining(metric)) return await benchTraining({ given, json, io }, { space, metric, choice, start });
  const { channels, size } = given;
  const arch = given.arch ?? (needsArchitecture(space, choice) ? space.example : undefined);
  const architecture = arch === undefined ? undefined : space.parse(arch);
  const subject = metricSubject(space, choice, { channels, size, architecture });
  const settings: Readonly<Record<string, unknown>> = { ...chooseMetrics([choice])[0]!.settings };
  const { hardwareThreads, isa, cuda } = nativeInfo();
  const onCuda = cuda.available && given.device !== 'cpu';
  const counts =
    given.threads ?? (onCuda || hardwareThreads === 1 ? [hardwareThreads] : [1, hardwareThreads]);
  using program = compileSubject(subject);
  const notes = new Set<string>();
  const results: ThreadResult[] = [];
  for (const threads of counts) {
    const measured = await measure(program, subject, { given, threads, onCuda, io, notes });
    const first = results[0]?.evaluationsPerSecond ?? measured.evaluationsPerSecond;
    results.push({ ...measured, speedUp: measured.evaluationsPerSecond / first });
  }
  const document = {
    metric: metric.name,
    space: space.name,
    settings,
    ...(typeof settings.mode === 'string' ? { mode: settings.mode } : {}),
    ...(subject.batches === 1 ? {} : { batches: subject.batches }),
    batchSize: subject.batchSize,
    inputShape: subject.graph.nodes[subject.graph.input]!.shape,
    architecture: arch ?? null,
    seed: given.seed,
    repetitions: given.repetitions,
    isa,
    ...(onCuda ? { cuda: cuda.device } : {}),
    multiplyAdds: subject.work,
    results,
    ...(notes.size === 0 ? {} : { notes: [...notes] }),
  };
  const mode = typeof settings.mode === 'string' ? [settings.mode] : [];
  printResult(io, json, document, () =>
    given.format === undefined
      ? tableOf(document)
      : benchText(
          benchDocument(start, {
            subject: [metric.name, space.name, ...mode],
            what: 'evaluation',
            ...{ seed: given.seed, results },
          }),
          given.format,
        ),
  );
  return exitCodes.ok;
}

/** Trainings run on the CPU, as many side by side as there are threads. */
async function benchTraining(
  { given, json, io }: Pick<Invocation<typeof benchUsage>, 'given' | 'json' | 'io'>,
  chosen: {
    readonly space: Space;
    readonly metric: TrainingMetric;
    readonly choice: MetricChoice;
    readonly start: ReturnType<typeof benchStart>;
  },
): Promise<ExitCode> {
  const { seed, repetitions } = given;
  if (given.device === 'cuda')
    throw optionInvalid('--device', 'cuda', 'auto or cpu: the metric trains on the CPU');
  const subject = trainingSubject(chosen.space, chosen, given);
  const { graph, work } = subject;
  const { hardwareThreads, isa } = nativeInfo();
  const results: TrainingResult[] = [];
  for (const threads of given.threads ?? (hardwareThreads === 1 ? [1] : [1, hardwareThreads])) {
    showProgress(io, `training with ${plural(threads, 'thread')}\n`);
    const trainings = given.evaluations ?? threads;
    const time = await timeTrainings(subject, { threads, trainings, repetitions, seed, io });
    const perSecond = 1000 / time.median;
    results.push({
      ...{ threads, device: 'cpu' as const, evaluations: trainings, millisecondsPerEvaluation: time },
      evaluationsPerSecond: perSecond,
      imagesPerSecond: perSecond * subject.images * subject.epochs,
      gflops: (2 * work.total * perSecond) / 1e9,
      speedUp: perSecond / (results[0]?.evaluationsPerSecond ?? perSecond),
      peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    });
  }
  const { metric, space, settings, architecture, batchSize } = subject;
  const document = {
    ...{ metric: metric.name, space: space.name, settings, batchSize },
    inputShape: graph.nodes[graph.input]!.shape,
    ...{ architecture, seed, repetitions, isa, multiplyAdds: work, results },
  };
  printResult(io, json, document, () =>
    given.format === undefined
      ? trainingTable(subject, results)
      : benchText(
          benchDocument(chosen.start, {
            ...{ subject: [metric.name, space.name], what: 'training', seed, results },
          }),
          given.format,
        ),
  );
  return exitCodes.ok;
}

/** A line for each number of threads. */
function threadTable<R extends ThreadResult>(
  results: readonly R[],
  of: { readonly what: string; readonly rate: string; readonly rateText: (result: R) => string },
): string {
  const first = results[0]?.threads ?? 1;
  const head = [
    'threads',
    `ms/${of.what}`,
    'p10 - p90',
    of.rate,
    'GFLOP/s',
    `x over ${first}`,
    'peak memory',
  ];
  const lines = results.map((result) => {
    const { median, p10, p90 } = result.millisecondsPerEvaluation;
    return [
      String(result.threads),
      median.toPrecision(4),
      `${p10.toPrecision(3)} - ${p90.toPrecision(3)}`,
      of.rateText(result),
      result.gflops.toFixed(2),
      result.speedUp.toFixed(2),
      `${(result.peakResidentBytes / 2 ** 20).toFixed(0)} MiB`,
    ];
  });
  return tableText([head, ...lines]);
}

function trainingTable(
  { metric, space, architecture, epochs, images, batchSize, graph, work }: TrainingSubject,
  results: readonly TrainingResult[],
): string {
  return [
    `${metric.name}, ${space.name}, ${architecture}`,
    `${plural(epochs, 'epoch')} of ${plural(images, 'image')} of ${graph.nodes[graph.input]!.shape.join('x')}, batches of ${batchSize}; ${(work.total / 1e9).toFixed(2)} G multiply-adds per training by the plain algorithm`,
    '',
    threadTable(results, {
      ...{ what: 'training', rate: 'images/s' },
      rateText: ({ imagesPerSecond }) => imagesPerSecond.toFixed(0),
    }),
  ].join('\n');
}

function tableOf(document: {
  readonly metric: string;
  readonly mode?: string;
  readonly space: string;
  readonly batches?: number;
  readonly batchSize: number;
  readonly inputShape: readonly number[];
  readonly isa: string;
  readonly cuda?: string;
  readonly multiplyAdds: EvaluationWork;
  readonly results: readonly ThreadResult[];
}): string {
  const { metric, mode, space, batches, batchSize, inputShape, isa, multiplyAdds, results } = document;
  const batch = batches === undefined ? String(batchSize) : `${batches} x ${batchSize}`;
  return [
    `${metric}${mode === undefined ? '' : ` (${mode} mode)`}, ${space}, ${batch} inputs of ${inputShape.join('x')}, ${document.cuda ?? `${isa} kernels`}`,
    `${(multiplyAdds.total / 1e6).toFixed(1)} M multiply-adds per evaluation by the plain algorithm`,
    '',
    threadTable(results, {
      ...{ what: 'evaluation', rate: 'evaluations/s' },
      rateText: ({ evaluationsPerSecond }) => evaluationsPerSecond.toFixed(1),
    }),
  ].join('\n');
}
