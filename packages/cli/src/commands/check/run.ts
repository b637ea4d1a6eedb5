import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { explain, type Failure } from '../../failures.js';
import type { Invocation } from '../../invocation.js';
import { printResult, shownText } from '../../io.js';
import { type FixtureReport, replayFixture } from './fixture-replay.js';
import { taskTexts } from './fixture-tasks.js';
import type { MetricComparison } from './metric-replay.js';
import type { checkUsage } from './options.js';
import type { TrainingReport } from './training-replay.js';

interface FailedReport {
  readonly file: string;
  readonly case: null;
  readonly ok: false;
  readonly error: Failure;
}

type Report = FixtureReport | TrainingReport;

/** `tenas check`: replays fixtures one after another; a bad file does not keep the others from being checked. */
export async function check({ given, json, io }: Invocation<typeof checkUsage>): Promise<ExitCode> {
  const { engine, threads, device, files } = given;
  const reports: (Report | FailedReport)[] = [];
  let exitCode: ExitCode = exitCodes.ok;
  for (const file of files) {
    io.signal.throwIfAborted();
    try {
      const replayed = await replayFixture(file, { engine, threads, device, signal: io.signal });
      reports.push(replayed);
      if (!replayed.ok) exitCode = exitCodes.checkFailed;
      if (!json) io.out(`${shownText(lineFor(replayed))}\n`);
    } catch (error) {
      if (io.signal.aborted) throw io.signal.reason;
      const { failure, exitCode: code } = explain(error);
      reports.push({ file, case: null, ok: false, error: failure });
      io.err(`error: ${failure.message.includes(file) ? '' : `${file}: `}${failure.message}\n`);
      if (exitCode !== exitCodes.checkFailed) exitCode = code;
    }
  }
  const good = reports.filter(({ ok }) => ok).length;
  printResult(io, json, reports, () => `${good} of ${reports.length} ok`);
  return exitCode;
}

function lineFor(report: Report): string {
  const text = 'deviations' in report ? deviationsText(report) : partsText(report);
  return `${report.ok ? 'ok ' : 'OFF'}  ${report.case}: ${text}; ${report.seconds.toFixed(2)} s`;
}

/** The task with every kind of tensor that is off, else the one that is nearest to being off. */
function deviationsText({ task, deviations, tolerances }: TrainingReport): string {
  const share = (kind: string) => deviations[kind]! / tolerances[kind]!;
  const kinds = Object.keys(deviations).toSorted((a, b) => share(b) - share(a));
  const off = kinds.filter((kind) => !(share(kind) <= 1));
  const shown = (off.length > 0 ? off : kinds.slice(0, 1))
    .map((kind) => `${kind} ${deviations[kind]!.toExponential(1)}`)
    .join(', ');
  return `${task}, ${kinds.length} kinds of tensors, ${off.length > 0 ? 'off: ' : 'at most '}${shown}`;
}

function partsText(report: FixtureReport): string {
  const { metrics } = report;
  return [...taskTexts(report), ...(metrics === undefined ? [] : [metricsText(metrics)])].join(', ');
}

/** Every metric that is off, else how far the worst one is. */
function metricsText(metrics: Readonly<Record<string, MetricComparison>>): string {
  const built = Object.entries(metrics).filter(([, { ok }]) => ok !== null);
  const off = built.filter(([, { ok }]) => !ok);
  const deviation = ([name, { relError, failure }]: (typeof built)[number]) =>
    `${name} ${failure ?? relError!.toExponential(1)}`;
  const worst = built.toSorted(([, a], [, b]) => (b.relError ?? 0) - (a.relError ?? 0)).slice(0, 1);
  const shown = off.length > 0 ? `off: ${off.map(deviation).join(', ')}` : `at most ${worst.map(deviation)}`;
  const missing = Object.keys(metrics).length - built.length;
  return `${built.length} metrics, ${shown}${missing === 0 ? '' : `; ${missing} more are not built`}`;
}
