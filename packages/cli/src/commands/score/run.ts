import { durationText, numberText, plural } from '@tenas/base';
import { DEFAULT_METRICS, Evaluator, metricInfo } from '@tenas/metrics';
import { type Score, type ScoreDocument, scoreDocument } from '@tenas/records';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { openImageSource } from '../../image-source.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { givenByMetricFlags } from '../../metric-flags.js';
import { metricsGiven } from '../../metric-settings.js';
import { namedArchitecture } from '../../named-architecture.js';
import { metricsToUse, PlugIns } from '../../plug-ins.js';
import { tableText } from '../../table-text.js';
import type { scoreUsage } from './options.js';

/** `tenas score`: what metrics say of one architecture. */
export async function score({ given, json, io }: Invocation<typeof scoreUsage>): Promise<ExitCode> {
  const plugIns = new PlugIns();
  const named = given.space === undefined ? undefined : await plugIns.space(given.space);
  const loaded = await plugIns.metrics(given.metric);
  const { space, architecture } = await namedArchitecture(given, named, io.signal);
  const metrics = metricsGiven(metricsToUse(given.metrics, loaded, DEFAULT_METRICS), [
    ...givenByMetricFlags(given),
    ...given.set,
  ]);
  const source = await openImageSource(given);
  try {
    const { seed, repeats, threads, device } = given;
    const notes: string[] = [];
    const onNote = (note: string): number => notes.push(note);
    using evaluator = new Evaluator({ space, source, metrics, seed, repeats, threads, device, onNote });
    const [scored] = await evaluator.score([architecture], { signal: io.signal });
    const document = scoreDocument({
      ...scored!,
      plugins: plugIns.recorded(),
      dataset: { name: source.name, fingerprint: source.fingerprint },
      metrics: evaluator.metrics.map(metricInfo),
      ...(notes.length === 0 ? {} : { notes }),
    });
    for (const note of notes) io.err(`note: ${note}\n`);
    printResult(io, json, document, () => textOf(document));
    return exitCodes.ok;
  } finally {
    await source.close?.();
  }
}

function textOf({ architecture, dataset, repeats, seed, metrics, scores, seconds }: ScoreDocument): string {
  const rows = metrics.map(({ name, better, title }) => {
    const score = scores[name]!;
    return [name, numberText(score.value, 5), better, repeatsText(score), timeText(score), title];
  });
  return [
    architecture,
    `${plural(repeats, 'repeat')} on ${dataset?.name}, seed ${seed}; ${durationText(seconds)}`,
    '',
    tableText([['metric', 'value', 'better', 'repeats', 'time', ''], ...rows], [0, 2, 3, 5]),
  ].join('\n');
}

/** The values of the repeats, or why there is none. */
function repeatsText({ repeats, failures }: Score): string {
  return repeats.map((value, repeat) => failures?.[repeat] ?? numberText(value, 4)).join(', ');
}

function timeText({ repeats, seconds }: Score): string {
  return repeats.length === 0 || seconds === null ? '' : durationText(seconds);
}
