import { plural, type Summary, summarise, TenasError } from '@tenas/base';
import { nativeInfo, type Program } from '@tenas/native';
import { requireSupernet } from '@tenas/spaces';
import type { EvaluationWork } from '../../benchmark/evaluation-work.js';
import {
  compileSubject,
  freshRepeat,
  type Subject,
  supernetNtk,
  supernetRegions,
} from '../../benchmark/subject.js';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { type Io, printResult } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { tableText } from '../../table-text.js';
import type { benchUsage } from './options.js';

type Given = GivenOf<typeof benchUsage>;

/** Batches of inputs of one count of regions, as the protocols have them. */
const REGION_BATCHES = 3;
/** A request of about this many evaluations keeps every thread busy to its end. */
const EVALUATIONS_PER_THREAD = 4;
/** A CUDA device is filled by many evaluations at a time. */
const EVALUATIONS_ON_CUDA = 128;

/** Measurements on one number of threads. */
interface ThreadResult {
  readonly threads: number;
  /** What evaluated. */
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

async function subjectOf(given: Given): Promise<Subject> {
  const space = await new PlugIns().space(given.space);
  const { channels, size, arch, mode } = given;
  const domain =
    arch === undefined ? undefined : requireSupernet(space, 'tenas bench').domainOf(space.parse(arch));
  if (given.metric === 'regions') {
    const batchSize = given.batch;
    return supernetRegions(space, { batches: REGION_BATCHES, batchSize, channels, size, domain });
  }
  const batchSize = given.batch ?? 32;
  if (batchSize > 4096) {
    throw new TenasError('OPTION_INVALID', `--batch: got ${batchSize}; an NTK takes 2 to 4096 images`, {
      field: '--batch',
      value: batchSize,
    });
  }
  return supernetNtk(space, { mode, batchSize, channels, size, domain });
}

async function measure(
  program: Program,
  subject: Subject,
  run: { readonly given: Given; readonly threads: number; readonly onCuda: boolean; readonly io: Io },
): Promise<Omit<ThreadResult, 'speedUp'>> {
  const { given, threads, onCuda, io } = run;
  const evaluations = given.evaluations ?? (onCuda ? EVALUATIONS_ON_CUDA : EVALUATIONS_PER_THREAD * threads);
  const samples: number[] = [];
  let used: 'cpu' | 'cuda' = 'cpu';
  io.err(`measuring ${onCuda ? 'on the CUDA device' : `with ${plural(threads, 'thread')}`}\n`);
  // The first round pays for pages and caches and is not counted.
  for (let round = -1; round < given.repetitions; round++) {
    const number = given.seed + (round + 1) * evaluations;
    const repeats = Array.from({ length: evaluations }, (_, index) => freshRepeat(subject, number + index));
    const { seconds, device } = await program.evaluate({
      tasks: [subject.task],
      batchSize: subject.batchSize,
      repeats,
      candidates: [subject.coefficients],
      threads,
      device: given.device,
      signal: io.signal,
    });
    used = device;
    if (round >= 0) samples.push((seconds * 1000) / evaluations);
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
  const subject = await subjectOf(given);
  const { hardwareThreads, isa, cuda } = nativeInfo();
  const onCuda = cuda.available && given.device !== 'cpu';
  const counts =
    given.threads ?? (onCuda || hardwareThreads === 1 ? [hardwareThreads] : [1, hardwareThreads]);
  using program = compileSubject(subject);
  const results: ThreadResult[] = [];
  for (const threads of counts) {
    const measured = await measure(program, subject, { given, threads, onCuda, io });
    const first = results[0]?.evaluationsPerSecond ?? measured.evaluationsPerSecond;
    results.push({ ...measured, speedUp: measured.evaluationsPerSecond / first });
  }
  const document = {
    metric: given.metric,
    space: given.space,
    ...(given.metric === 'ntk' ? { mode: given.mode } : { batches: REGION_BATCHES }),
    batchSize: subject.batchSize,
    inputShape: subject.graph.nodes[subject.graph.input]!.shape,
    architecture: given.arch ?? null,
    seed: given.seed,
    repetitions: given.repetitions,
    isa,
    ...(onCuda ? { cuda: cuda.device } : {}),
    multiplyAdds: subject.work,
    results,
  };
  printResult(io, json, document, () => tableOf(document));
  return exitCodes.ok;
}

function tableOf(document: {
  readonly metric: string;
  readonly mode?: string;
  readonly space: string;
  readonly batchSize: number;
  readonly inputShape: readonly number[];
  readonly isa: string;
  readonly cuda?: string;
  readonly multiplyAdds: EvaluationWork;
  readonly results: readonly ThreadResult[];
}): string {
  const { metric, mode, space, batchSize, inputShape, isa, multiplyAdds, results } = document;
  const batch = metric === 'regions' ? `${REGION_BATCHES} x ${batchSize}` : String(batchSize);
  const first = results[0]?.threads ?? 1;
  const rows = [
    ['threads', 'ms/evaluation', 'p10 - p90', 'evaluations/s', 'GFLOP/s', `x over ${first}`, 'peak memory'],
    ...results.map((result) => {
      const { median, p10, p90 } = result.millisecondsPerEvaluation;
      return [
        String(result.threads),
        median.toPrecision(4),
        `${p10.toPrecision(3)} - ${p90.toPrecision(3)}`,
        result.evaluationsPerSecond.toFixed(1),
        result.gflops.toFixed(2),
        result.speedUp.toFixed(2),
        `${(result.peakResidentBytes / 2 ** 20).toFixed(0)} MiB`,
      ];
    }),
  ];
  return [
    `${metric}${mode === undefined ? '' : ` (${mode} mode)`}, ${space}, ${batch} inputs of ${inputShape.join('x')}, ${document.cuda ?? `${isa} kernels`}`,
    `${(multiplyAdds.total / 1e6).toFixed(1)} M multiply-adds an evaluation by the plain algorithm`,
    '',
    tableText(rows),
  ].join('\n');
}
