import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensureWritableTarget, makeFolder, plural, writeOutputFile } from '@tenas/base';
import { evaluateScores, readAccuracies, readScores } from '@tenas/evaluation';
import { type Evaluation, type EvaluationResult, readCsv } from '@tenas/records';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { inputText, namingInput } from '../../input-text.js';
import type { Invocation } from '../../invocation.js';
import { type Io, jsonValue, printResult } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import type { evaluateUsage } from './options.js';

/** `tenas evaluate`: how well scores rank architectures whose accuracies are known. */
export async function evaluate({ given, json, io }: Invocation<typeof evaluateUsage>): Promise<ExitCode> {
  if (given.out !== undefined) {
    await makeFolder(dirname(given.out));
    await ensureWritableTarget(given.out, given);
  }
  const plugIns = new PlugIns();
  const space = await plugIns.space(given.space);
  // Metrics are judged wherever they have a column, or count; to be known is enough.
  await plugIns.metrics(given.metric.flatMap(({ path }) => path ?? []));
  const scores = readScores(readCsv(await scoresText(given.scores, io.signal), given.scores), {
    space,
    columns: given.metric.flatMap(({ column, better }) => (column === undefined ? [] : { column, better })),
    dataset: given.dataset,
  });
  const table = readAccuracies(readCsv(await inputText('--table', given.table, io.signal), given.table), {
    space,
    columns: given.accuracy,
    architectureColumn: given.archColumn,
  });
  const evaluation = await evaluateScores({
    space: space.name,
    scores,
    table,
    combine: given.combine.length === 0 ? undefined : given.combine,
    resamples: given.resamples,
    confidence: given.confidence,
    seed: given.seed,
    signal: io.signal,
    onProgress: progressIn(io),
  });
  if (given.out !== undefined) {
    await writeOutputFile(given.out, `${JSON.stringify(evaluation, jsonValue)}\n`, given);
    io.err(`written: ${given.out}\n`);
  }
  printResult(io, json, evaluation, () => summary(evaluation));
  return exitCodes.ok;
}

/** The text of a CSV file, or the scores in a batch's folder as `tenas batch export` writes them. */
async function scoresText(path: string, signal: AbortSignal): Promise<string> {
  const { isFolder } = await namingInput('scores', path, async () => ({
    isFolder: (await stat(path)).isDirectory(),
  }));
  if (!isFolder) return await inputText('scores', path, signal);
  const { csvLines, StoreReader } = await import('@tenas/runner');
  using reader = new StoreReader(path);
  return [...csvLines(reader, { kind: 'score', statuses: ['done', 'failed'] }, { raw: true })].join('\n');
}

/** A line that counts, on terminals only. */
function progressIn(io: Io): (done: number, total: number) => void {
  const { terminal } = io;
  if (terminal === null) return () => {};
  return (done, total) => {
    io.err(done === total ? '\r\u001b[K' : `\r${done} of ${total} judged`);
  };
}

function summary(evaluation: Evaluation): string {
  const { scores, table, joined, bootstrap } = evaluation;
  const interval =
    bootstrap.resamples === 0
      ? ''
      : `; in brackets the ${100 * bootstrap.confidence} % interval of ${bootstrap.resamples} bootstrap resamples`;
  const head = [
    `${joined.architectures} architectures have scores and accuracies (${joined.onlyScored} only scores, ${joined.onlyInTable} only accuracies)`,
    `scores    ${scores.from}${scores.dataset === null ? '' : `, scored on ${scores.dataset}`}${scores.pooled === 0 ? '' : `, ${plural(scores.pooled, 'row')} pooled with others of their architecture`}`,
    `table     ${table.from}`,
    `tau, rho  Kendall's tau-b and Spearman's rho, 1 is perfect${interval}`,
    'top 10 %, top 1 %  tau inside the best by accuracy;  best, 10 best  accuracy of the best-ranked and of the ten best-ranked',
    'of 100    expected accuracy of the best-ranked of 100 random ones',
  ];
  const sections = evaluation.populations.map((population) => {
    const rows = evaluation.results.filter(
      (result) => result.dataset === population.dataset && result.population === population.population,
    );
    const which = population.population === 'all' ? '' : ', without none';
    return [
      `\n${population.dataset}${which}: ${population.architectures} architectures, best ${population.best.accuracy.toFixed(2)}, mean ${population.mean.toFixed(2)}`,
      ...tableLines(rows),
    ].join('\n');
  });
  return [...head, ...sections].join('\n');
}

const HEADER = ['metric', 'failed', 'tied', 'tau', 'rho', 'top 10 %', 'top 1 %', 'best', '10 best', 'of 100'];

function tableLines(rows: readonly EvaluationResult[]): string[] {
  const cells = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
}

function cellsOf(result: EvaluationResult): string[] {
  const top = (fraction: number) => result.top.find((one) => one.fraction === fraction);
  const figure = (value: number | null | undefined, digits: number) => value?.toFixed(digits) ?? '-';
  const { low, high } = result.kendall;
  const interval = low === null || high === null ? '' : ` [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const pairs = (result.architectures * (result.architectures - 1)) / 2;
  return [
    result.metric,
    String(result.failures),
    `${((100 * result.tiedPairs) / pairs).toFixed(1)} %`,
    `${figure(result.kendall.value, 3)}${interval}`,
    figure(result.spearman.value, 3),
    figure(top(0.1)?.kendall.value, 3),
    figure(top(0.01)?.kendall.value, 3),
    figure(result.bestRanked.accuracy, 2),
    figure(result.topK.find(({ k }) => k === 10)?.mean, 2),
    figure(result.expectedBest.find(({ n }) => n === 100)?.accuracy, 2),
  ];
}
