import { countText, plural } from '@tenas/base';
import type { Evaluation, EvaluationResult } from '@tenas/records';

/** Notes that people see; `--json` has all. */
const SHOWN_NOTES = 12;

/** An evaluation as text for people: what was read and how, then a table for each dataset and population. */
export function evaluationText(evaluation: Evaluation): string {
  const { scores, table, joined, bootstrap, skipped, notes = [] } = evaluation;
  const interval =
    bootstrap.resamples === 0
      ? ''
      : `; in brackets the ${100 * bootstrap.confidence} % interval of ${bootstrap.resamples} bootstrap resamples`;
  const more = notes.length - SHOWN_NOTES;
  const head = [
    `${joined.architectures} architectures have scores and accuracies (${joined.onlyScored} only scores, ${joined.onlyInTable} only accuracies)`,
    `scores    ${scores.from}${scores.dataset === null ? '' : `, scored on ${scores.dataset}`}${scores.pooled === 0 ? '' : `, ${plural(scores.pooled, 'row')} pooled with others of their architecture`}`,
    `table     ${table.from}`,
    ...(skipped === undefined ? [] : skippedLines(skipped)),
    ...notes.slice(0, SHOWN_NOTES).map((note) => `note      ${note}`),
    ...(more > 0 ? [`note      ${countText(more)} more in --json`] : []),
    `tau, rho  Kendall's tau-b and Spearman's rho, 1 is perfect${interval}`,
    'top 10 %, top 1 %  tau inside the best by accuracy;  best, 10 best  accuracy of the best-ranked and of the ten best-ranked',
    'of 100    expected accuracy of the best-ranked of 100 random ones',
  ];
  const sections = evaluation.populations.map((population) => {
    const rows = evaluation.results.filter(
      (result) => result.dataset === population.dataset && result.population === population.population,
    );
    const which = POPULATIONS[population.population];
    return [
      `\n${population.dataset}${which}: ${population.architectures} architectures, best ${population.best.accuracy.toFixed(2)}, mean ${population.mean.toFixed(2)}`,
      ...tableLines(rows),
    ].join('\n');
  });
  return [...head, ...sections].join('\n');
}

const POPULATIONS: Readonly<Record<EvaluationResult['population'], string>> = {
  all: '',
  'without-none': ', without none',
  'without-unreachable': ', without unreachable operations',
};

/** How many rows were left out, and the first ones. */
function skippedLines({ count, examples }: NonNullable<Evaluation['skipped']>): string[] {
  if (count === 0) return [];
  const shown = examples.map(
    ({ from, line, text, why }) => `          ${from}, line ${line}: ${printable(text)}: ${printable(why)}`,
  );
  const more = count - examples.length;
  return [
    `left out  ${plural(count, 'row')} that could not be read; --strict refuses them`,
    ...shown,
    ...(more > 0 ? [`          and ${countText(more)} more`] : []),
  ];
}

/** Cells may hold anything, such as sequences that a terminal obeys. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\u{FFFD}');
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
