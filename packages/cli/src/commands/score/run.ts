import { durationText, numberText, plural, TenasError } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import { DEFAULT_METRICS, Evaluator, metricInfo } from '@tenas/metrics';
import { type ModelReference, type Score, type ScoreDocument, scoreDocument } from '@tenas/records';
import type { FoundArchitecture } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { givenIndexTable } from '../../given-index-table.js';
import { openImageSource } from '../../image-source.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { type Io, printResult, shownLine } from '../../io.js';
import { givenLatencyModel } from '../../latency-model.js';
import { givenByMetricFlags } from '../../metric-flags.js';
import { metricsGiven } from '../../metric-settings.js';
import { namedArchitecture } from '../../named-architecture.js';
import { requireOnnx } from '../../onnx-flags.js';
import { metricsToUse, PlugIns } from '../../plug-ins.js';
import { tableText } from '../../table-text.js';
import { msText } from '../latency/setup.js';
import { NETWORK_METRICS, type scoreUsage } from './options.js';

type Given = GivenOf<typeof scoreUsage>;

/** `tenas score`: what metrics say of one architecture, or of the network in an ONNX file. */
export async function score({ given, json, io }: Invocation<typeof scoreUsage>): Promise<ExitCode> {
  requireOnnx(given);
  requireStream(given, json);
  const plugIns = new PlugIns();
  if (given.stdin) return await scoreLines(given, plugIns, io);
  const scored =
    given.onnx === undefined ? await ofSpace(given, plugIns, io) : await ofFile(given, given.onnx, io);
  const loaded = await plugIns.metrics(given.metric);
  const usual = given.onnx === undefined ? DEFAULT_METRICS : NETWORK_METRICS;
  const metrics = metricsGiven(metricsToUse(given.metrics, loaded, usual), [
    ...givenByMetricFlags(given),
    ...given.set,
  ]);
  const source = await openImageSource({ ...given, size: given.imageSize ?? scored.size });
  try {
    const { space, architecture, weights, model } = await scored.seeing(source);
    const predict = await givenLatencyModel(given.latencyModel, model === undefined ? space : undefined);
    const latency = predict?.(architecture);
    const { seed, repeats, threads, device } = given;
    const notes: string[] = [];
    const onNote = (note: string): number => notes.push(note);
    const options = { space, source, metrics, seed, repeats, threads, device, onNote, weights };
    using evaluator = new Evaluator(options);
    const [found] = await evaluator.score([architecture], { signal: io.signal });
    notes.push(...(source.notes ?? []));
    const document = scoreDocument({
      ...found!,
      ...(model === undefined ? {} : { model }),
      plugins: plugIns.recorded(),
      dataset: { name: source.name, fingerprint: source.fingerprint },
      metrics: evaluator.metrics.map(metricInfo),
      ...(latency === undefined ? {} : { latency }),
      ...(notes.length === 0 ? {} : { notes }),
    });
    for (const note of notes) io.err(`note: ${shownLine(note)}\n`);
    printResult(io, json, document, () => textOf(document));
    return exitCodes.ok;
  } finally {
    await source.close?.();
  }
}

/** `tenas score --stdin`. */
async function scoreLines(given: Given, plugIns: PlugIns, io: Io): Promise<ExitCode> {
  const space = given.space === undefined ? undefined : await plugIns.space(given.space);
  const loaded = await plugIns.metrics(given.metric);
  const metrics = metricsGiven(metricsToUse(given.metrics, loaded, DEFAULT_METRICS), [
    ...givenByMetricFlags(given),
    ...given.set,
  ]);
  const indexTable =
    space === undefined ? undefined : await givenIndexTable(given.indexTable, space, io.signal);
  const predict = await givenLatencyModel(given.latencyModel, space);
  const source = await openImageSource({ ...given, size: given.imageSize });
  try {
    const { seed, repeats, threads, device, unordered } = given;
    // Loaded where it is wanted: one score does without.
    const { scoreStream } = await import('./stream.js');
    const options = { space, source, metrics, seed, repeats, threads, device };
    return await scoreStream({ ...options, indexTable, plugIns, predict, unordered }, io);
  } finally {
    await source.close?.();
  }
}

/** @throws TenasError OPTION_INVALID for flags that do not go with `--stdin`, or not without it */
function requireStream(given: Given, json: boolean): void {
  const { stdin, unordered, arch, onnx, indexTable, latencyModel, space } = given;
  const refuse = (field: string, problem: string): never => {
    throw new TenasError('OPTION_INVALID', `${field}: ${problem}`, { field });
  };
  if (unordered && !stdin) refuse('--unordered', 'goes with --stdin');
  if (!stdin) return;
  if (arch !== undefined) refuse('--arch', 'comes in the lines of --stdin; leave it out');
  if (onnx !== undefined) refuse('--onnx', 'is one network; leave it or --stdin out');
  if (json) refuse('--json', 'prints one document; --stdin prints one per line, leave --json out');
  if (indexTable !== undefined && space === undefined) {
    refuse('--index-table', 'numbers the architectures of one space; name the space (--space)');
  }
  if (latencyModel !== undefined && space === undefined) {
    refuse('--latency-model', 'predicts architectures of one space; name the space (--space)');
  }
}

/** What is scored. */
interface Scored extends FoundArchitecture {
  readonly weights?: Float32Array | undefined;
  readonly model?: ModelReference | undefined;
}

interface Scorable {
  /** Height and width that images are resized to where they can be; undefined: as usual. */
  readonly size?: number | undefined;
  /** What is scored, once its images are known. */
  seeing(images: ImageSource): Promise<Scored>;
}

async function ofSpace(given: Given, plugIns: PlugIns, { signal }: Io): Promise<Scorable> {
  const { arch } = given;
  if (arch === undefined) {
    const message =
      'give --arch, an architecture, --onnx, a file with a network, or --stdin; see `tenas score --help`';
    throw new TenasError('OPTION_INVALID', message, { field: '--arch' });
  }
  const named = given.space === undefined ? undefined : await plugIns.space(given.space);
  const found = await namedArchitecture({ ...given, arch }, named, signal);
  return { seeing: async () => found };
}

async function ofFile(given: Given, path: string, { signal }: Io): Promise<Scorable> {
  // Loaded where there is one: an architecture does without.
  const { openOnnx } = await import('../../given-onnx.js');
  const file = await openOnnx(path, given, signal);
  return {
    size: file.imageSize(),
    seeing: async (images) => await file.network(images, given.onnxWeights ?? 'seeded'),
  };
}

function textOf({
  architecture,
  model,
  dataset,
  repeats,
  seed,
  metrics,
  scores,
  latency,
  seconds,
}: ScoreDocument): string {
  const rows = metrics.map(({ name, better, title }) => {
    const score = scores[name]!;
    return [name, numberText(score.value, 5), better, repeatsText(score), timeText(score), title];
  });
  if (latency !== undefined) rows.push(latencyRow(latency));
  const weights = model?.weights === 'file' ? ', weights of the file' : '';
  return [
    architecture,
    `${plural(repeats, 'repeat')} on ${dataset?.name}, seed ${seed}${weights}; ${durationText(seconds)}`,
    '',
    tableText([['metric', 'value', 'better', 'repeats', 'time', ''], ...rows], [0, 2, 3, 5]),
  ].join('\n');
}

/** The predicted latency, as a row below those of the metrics. */
function latencyRow({ value, belowRange, model }: NonNullable<ScoreDocument['latency']>): string[] {
  const text = `${msText(value)}${belowRange ? ' or less' : ''}`;
  return ['latency', text, 'lower', '', '', `predicted for ${model.device} by ${model.file}`];
}

/** The values of the repeats; each reason why some have none stands once, with how often. */
function repeatsText({ repeats, failures }: Score): string {
  const reasons = new Map<string, number>();
  const values = repeats.flatMap((value, repeat) => {
    const reason = failures?.[repeat] ?? null;
    if (reason === null) return [numberText(value, 4)];
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return [];
  });
  const failed = [...reasons].map(([reason, count]) => (count === 1 ? reason : `${reason} × ${count}`));
  return [...values, ...failed].join(', ');
}

function timeText({ repeats, seconds }: Score): string {
  return repeats.length === 0 || seconds === null ? '' : durationText(seconds);
}
