import { countText, plural } from '@tenas/base';
import type { Evaluation, EvaluationResult } from '@tenas/records';
import { shownLine } from '../../io.js';
import { tableText } from '../../table-text.js';
import {
  CONTROL_MARK,
  MAIN_FIGURES,
  MORE_FIGURES,
  type PrintedFigure,
  shortened,
  targetText,
} from './figures.js';

/** Notes that people see; `--json` has all. */
const SHOWN_NOTES = 12;

/** Longest name in a table: a line of the first one has 120 columns then. */
const LONGEST_NAME = 26;

/**
 * An evaluation as text for people: what was read and how, then a table for each dataset and population.
 * @param full with a second table of further figures
 */
export function evaluationText(evaluation: Evaluation, full: boolean): string {
  const { scores, table, joined, bootstrap, skipped, notes = [] } = evaluation;
  const interval =
    bootstrap.resamples === 0
      ? ''
      : `; in brackets the ${100 * bootstrap.confidence} % interval of ${bootstrap.resamples} bootstrap resamples`;
  const [target, targets] =
    table.target === 'latency' ? ['latency', 'latencies in ms'] : ['accuracy', 'accuracies'];
  const more = notes.length - SHOWN_NOTES;
  const head = [
    `${joined.architectures} architectures have scores and ${targets} (${joined.onlyScored} only scores, ${joined.onlyInTable} only ${targets})`,
    `scores    ${scores.from}${scores.dataset === null ? '' : `, scored on ${scores.dataset}`}${scores.pooled === 0 ? '' : `, ${plural(scores.pooled, 'row')} pooled with others of their architecture`}`,
    `table     ${table.from}`,
    ...(skipped === undefined ? [] : skippedLines(skipped)),
    ...notes.slice(0, SHOWN_NOTES).map((note) => `note      ${note}`),
    ...(more > 0 ? [`note      ${countText(more)} more in --json`] : []),
    `tau, rho  Kendall's tau-b and Spearman's rho, 1 is perfect${interval}`,
    `top 10 %  tau inside the best by ${target}; own top: inside the best by the metric; hits: share of these among those`,
    `partial   rho without the part of parameters and MACs;  ${CONTROL_MARK} a control.  All figures: tenas evaluate --help`,
  ];
  const sections = evaluation.populations.map((population) => {
    const rows = evaluation.results.filter(
      (result) => result.dataset === population.dataset && result.population === population.population,
    );
    const which = POPULATIONS[population.population];
    return [
      `\n${population.dataset}${which}: ${population.architectures} architectures, best ${targetText(evaluation, population.best.accuracy)}, mean ${targetText(evaluation, population.mean)}`,
      ...tableLines(evaluation, rows, MAIN_FIGURES),
      ...(full ? ['', ...tableLines(evaluation, rows, MORE_FIGURES)] : []),
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
    ({ from, line, text, why }) => `          ${from}, line ${line}: ${shownLine(`${text}: ${why}`)}`,
  );
  const more = count - examples.length;
  return [
    `left out  ${plural(count, 'row')} that could not be read; --strict refuses them`,
    ...shown,
    ...(more > 0 ? [`          and ${countText(more)} more`] : []),
  ];
}

function tableLines(
  evaluation: Evaluation,
  rows: readonly EvaluationResult[],
  figures: readonly PrintedFigure[],
): string[] {
  const cells = [
    ['metric', ...figures.map(({ head }) => head)],
    ...rows.map((result) => [
      nameOf(evaluation, result.metric),
      ...figures.map(({ text }) => text(result, evaluation)),
    ]),
  ];
  return tableText(cells, [0], '  ').split('\n');
}

/** A metric's name, cut to what a line has room for; the document has all of it. */
function nameOf({ metrics }: Evaluation, name: string): string {
  const metric = metrics.find((one) => one.name === name);
  const source = metric?.source;
  const sum = source?.kind === 'combination' && source.combination !== 'aggregate' ? source : null;
  const words = sum?.combination === 'log-rank-sum' ? 'log-ranks' : 'ranks';
  const shown = shortened(sum === null ? name : `${words} ${sum.parts.join('+')}`, LONGEST_NAME);
  return metric?.control === true ? `${shown} ${CONTROL_MARK}` : shown;
}
