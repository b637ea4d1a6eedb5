import { durationText, numberText } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import { chooseMetrics, type Metric, type MetricChoice, presetAmong } from '@tenas/metrics';
import {
  type CompleteSearch,
  parseJsonText,
  type RecordedConstraint,
  readSearchRecord,
  type SearchRecord,
} from '@tenas/records';
import {
  amountText,
  completeSettings,
  holdsWork,
  openLatencyModel,
  readConstraints,
  resolveConstraints,
  runSearch,
  SearchFailed,
  SearchInterrupted,
  type Strategy,
  settingsOfPreset,
  unusedLatencyModel,
  usesLatency,
  withStages,
} from '@tenas/search';
import type { Space } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { openImageSource, showImageNotes } from '../../image-source.js';
import { inputText } from '../../input-text.js';
import type { Given, Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { prepareFolder } from '../../output-folder.js';
import { metricsToUse, PlugIns } from '../../plug-ins.js';
import { type GivenSetting, readSettings } from '../../settings-option.js';
import { eventLines } from './event-lines.js';
import { frontLines } from './front-lines.js';
import { type searchUsage, settingsOwners } from './options.js';
import { searchProgress } from './progress.js';
import {
  PartialRecord,
  type RecordTarget,
  recordName,
  removeHalfRecords,
  withTool,
  writeRecord,
} from './record-file.js';
import { withStageMetrics } from './stage-metrics.js';
import { givenByFlags } from './strategy-flags.js';

/** `tenas search`: a search by any strategy, with its record in a file whether it ends or is stopped. */
export async function search({ given, json, io }: Invocation<typeof searchUsage>): Promise<ExitCode> {
  const plugIns = new PlugIns();
  const space = await plugIns.space(given.space);
  const loaded = await plugIns.metrics(given.metric);
  const strategy = await plugIns.strategy(given.strategy);
  const { settings, metrics } = settingsOf(
    given,
    strategy,
    metricsToUse(given.metrics, loaded, strategy.metrics),
  );
  const bounds = readConstraints(given.constraint, '--constraint');
  const latency =
    given.latencyModel === undefined
      ? undefined
      : await openLatencyModel(space, given.latencyModel, '--latency-model');
  const before = given.resume === undefined ? undefined : await readRecord(given.resume, io.signal);
  await prepareFolder(given.out);
  const source = await openImageSource({ ...given, size: given.imageSize });
  const progress = given.events === undefined ? searchProgress(io) : eventLines(io);
  try {
    const about = { space, source, metrics: chooseMetrics(metrics), latency };
    const completed = completeSettings(strategy, settings, about);
    if (given.latencyModel !== undefined && !usesLatency(bounds, completed)) {
      throw unusedLatencyModel('--latency-model', given.latencyModel);
    }
    const target = targetOf(given, { space, source, label: completed.label });
    removeHalfRecords(target.out);
    const partial = new PartialRecord(io, target);
    const { saveEvery } = given;
    const found = await runSearch({
      space,
      source,
      strategy,
      settings,
      metrics,
      seed: given.seed,
      threads: given.threads,
      device: given.device,
      signal: io.signal,
      onProgress: progress.show,
      plugins: plugIns.recorded(),
      constraints: resolveConstraints(bounds, { space, images: source, latency }),
      latency,
      before,
      copies:
        saveEvery === 0
          ? undefined
          : { seconds: saveEvery, take: async (record) => await partial.copy(record) },
    }).catch(async (error: unknown) => {
      progress.stop();
      // One that fails at once, as without the GPU that it should run on, has nothing to keep.
      const failed = error instanceof SearchFailed && holdsWork(error.record);
      if (failed || error instanceof SearchInterrupted) await partial.leave(error.record);
      throw error;
    });
    progress.stop();
    const document = withTool(found);
    const record = await writeRecord(target, document);
    await partial.remove();
    showImageNotes(io, source);
    printResult(io, json, { ...document, record }, () => summary(document, record));
    return exitCodes.ok;
  } finally {
    progress.stop();
    await source.close?.();
  }
}

/** The strategy's settings and the metrics with theirs. */
function settingsOf(
  given: Given<typeof searchUsage>,
  strategy: Strategy,
  named: readonly Metric[],
): { readonly settings: object; readonly metrics: readonly MetricChoice[] } {
  const all = [...givenByFlags(strategy, given), ...given.set, ...impliedSettings(strategy, given)];
  const metrics = withStageMetrics(strategy, named, all);
  const owners = settingsOwners(strategy, metrics);
  const [settings, ...others] = readSettings(owners, all);
  const bySettings = new Map(owners.slice(1).map(({ title }, place) => [title, others[place] as object]));
  const known = metrics.flatMap((metric) => {
    const own = bySettings.get(metric.name);
    return own === undefined ? [] : [{ metric, settings: own }];
  });
  return {
    settings: withStages(strategy, settings as object, known).settings,
    metrics: named.map((metric) => ({ metric, settings: bySettings.get(metric.name) })),
  };
}

/** What a named aggregate in `--metrics` says of the strategy's settings, unless `--set` says otherwise. */
function impliedSettings(
  strategy: Strategy,
  { metrics = [], set }: Given<typeof searchUsage>,
): GivenSetting[] {
  const preset = presetAmong(metrics);
  if (preset === undefined) return [];
  return Object.entries(settingsOfPreset(strategy, preset)).flatMap(([key, text]) =>
    set.some((given) => given.key === key) ? [] : [{ key, text, flag: '--metrics' }],
  );
}

function targetOf(
  { out, force, seed }: Given<typeof searchUsage>,
  { space, source, label }: { space: Space; source: ImageSource; label: string },
): RecordTarget {
  return { out, force, name: recordName({ space: space.name, dataset: source.name, kind: label, seed }) };
}

async function readRecord(path: string, signal: AbortSignal): Promise<SearchRecord> {
  return readSearchRecord(parseJsonText(await inputText('--resume', path, signal), path), path);
}

function summary(found: CompleteSearch, record: string): string {
  const { architecture, scores, evaluations, metricSeconds = {}, seconds, constraints = [] } = found;
  const values = Object.entries(scores ?? {}).map(
    ([metric, { value }]) => `${metric} ${numberText(value, 4)}`,
  );
  const times = Object.entries(evaluations).map(
    ([metric, count]) => `${durationText(metricSeconds[metric] ?? 0)} for ${count} ${metric}`,
  );
  return [
    `found   ${architecture}`,
    `scores  ${values.length === 0 ? 'none' : values.join(', ')}`,
    ...(constraints.length === 0 ? [] : [`bounds  ${constraints.map(boundText).join(', ')}`]),
    `time    ${durationText(seconds)}${times.length === 0 ? '' : `: ${times.join(', ')} evaluations`}`,
    ...frontLines(found),
    `record  ${record}`,
  ].join('\n');
}

/** A bound and what the answer costs: `params 316.3K (at most 400K)`. */
function boundText({ name, limit, unit, value }: RecordedConstraint): string {
  const cost = value === null ? 'unknown' : amountText(value, unit);
  return `${name} ${cost} (at most ${amountText(limit, unit)})`;
}
