import * as Plot from '@observablehq/plot';
import type { PruneRound } from '@tenas/records';
import { type Figure, operationLegend, plotFigure } from '../figure.js';
import { color, operationStyle } from '../palette.js';
import { cutIn, decisionLabel, type RankedMetric } from '../prune-view.js';

interface Contender {
  readonly row: string;
  readonly op: string;
  readonly rankSum: number;
  readonly cut: boolean;
}

/** Rank sums of all candidates, decision by decision: how close each was. */
export function rankSums(round: PruneRound, name: string): Figure {
  const isCut = cutIn(round);
  const label = decisionLabel(Object.keys(round.active));
  const contenders: Contender[] = round.candidates.map((candidate) => ({
    row: label(candidate.decision),
    op: candidate.choice,
    rankSum: candidate.rankSum,
    cut: isCut(candidate),
  }));
  const rows = [...new Set(contenders.map(({ row }) => row))];
  const longest = Math.max(...rows.map((row) => row.length));
  return plotFigure({
    name,
    title: `Round ${round.round + 1}: rank sums, edge by edge`,
    description: `One row per edge, one symbol per operation, the lowest rank sum to the left. Crossed out: cut. ${contenders
      .filter((one) => one.cut)
      .map(({ row, op }) => `${row}: ${operationStyle(op).label}`)
      .join('; ')}.`,
    note: 'Further left goes first. Crossed out: cut. The gap to the next symbol in the row is the margin.',
    plot: {
      width: 480,
      height: 54 + rows.length * 24,
      marginLeft: 20 + longest * 7,
      marginBottom: 38,
      marginTop: 8,
      x: {
        label: 'rank sum (lowest is cut first)',
        labelAnchor: 'center',
        labelArrow: 'none',
        grid: true,
        nice: true,
        domain: [0, Math.max(1, ...contenders.map(({ rankSum }) => rankSum))],
      },
      y: { type: 'point', domain: rows, label: null, padding: 0.6 },
      symbol: { type: 'identity' },
      marks: [
        Plot.ruleY(rows, { stroke: color('line') }),
        ...symbols(
          contenders,
          (one) => one.rankSum,
          (one) => one.row,
        ),
      ],
    },
    legend: operationLegend(contenders.map(({ op }) => op)),
  });
}

/** Symbols of operations, crossed out where they were cut. */
function symbols<T extends { op: string; cut: boolean }>(
  all: readonly T[],
  x: (one: T) => number,
  y: (one: T) => number | string,
) {
  const place = { x, y };
  return [
    Plot.dot(all, {
      ...place,
      symbol: (one: T) => operationStyle(one.op).symbol,
      fill: (one: T) => color(operationStyle(one.op).color),
      fillOpacity: (one: T) => (one.cut ? 0.6 : 1),
      r: 5.5,
    }),
    Plot.dot(
      all.filter(({ cut }) => cut),
      { ...place, symbol: 'times', stroke: color('ink'), strokeWidth: 1.8, r: 3 },
    ),
  ];
}

interface Change {
  readonly op: string;
  readonly cut: boolean;
  readonly x: number;
  readonly y: number;
}

/** Words of an axis for the way that a change was computed. */
function changeAxis({ symbol, change }: RankedMetric): string {
  const how = {
    'log-ratio': 'log(before / after)',
    relative: '(before − after) / before',
    difference: 'before − after',
  };
  return `change of ${symbol}: ${how[change]}`;
}

/** On which side of the scatter what goes first is: a fall of the metric is good where lower is better. */
function firstToGo(x: RankedMetric, y: RankedMetric): string {
  const sides = [
    y.better === null ? [] : [y.better === 'lower' ? 'high' : 'low'],
    x.better === null ? [] : [x.better === 'lower' ? 'right' : 'left'],
  ].flat();
  if (sides.length === 0) return '';
  const words = sides.join(' and ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)} goes first.`;
}

/** Every candidate by the changes of two metrics: what the ranks were made of. */
export function changeScatter(round: PruneRound, x: RankedMetric, y: RankedMetric, name: string): Figure {
  const isCut = cutIn(round);
  const changes = round.candidates.flatMap((candidate): Change[] => {
    const [alongX, alongY] = [x, y].map((metric) => candidate.measured[metric.name]?.change ?? null);
    if (alongX == null || alongY == null) return [];
    return [{ op: candidate.choice, cut: isCut(candidate), x: alongX, y: alongY }];
  });
  const missing = round.candidates.length - changes.length;
  const reading = `Further right: ${x.symbol} falls more without it. Further up: ${y.symbol} falls more without it.`;
  return plotFigure({
    name,
    title: `Round ${round.round + 1}: what removing each operation does`,
    description: `One symbol an operation. ${reading} Crossed out: cut.${missing > 0 ? ` ${missing} without a value are not shown.` : ''}`,
    note: `${reading} ${firstToGo(x, y)}`,
    plot: {
      width: 480,
      height: 320,
      marginLeft: 62,
      marginBottom: 40,
      marginTop: 26,
      x: {
        label: changeAxis(x),
        labelAnchor: 'center',
        labelArrow: 'right',
        grid: true,
        nice: true,
        ticks: 6,
      },
      y: { label: changeAxis(y), grid: true, nice: true, ticks: 6 },
      symbol: { type: 'identity' },
      marks: [
        Plot.ruleX([0], { stroke: color('soft') }),
        Plot.ruleY([0], { stroke: color('soft') }),
        ...symbols(
          changes,
          (one) => one.x,
          (one) => one.y,
        ),
      ],
    },
    legend: operationLegend(changes.map(({ op }) => op)),
  });
}
