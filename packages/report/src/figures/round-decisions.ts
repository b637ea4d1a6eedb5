import * as Plot from '@observablehq/plot';
import { type Figure, operationLegend, plotFigure } from '../figure.js';
import { cutsOf, type RankedCandidate, type Round } from '../input/search-record.js';
import { color, operationStyle } from '../palette.js';

interface Contender {
  readonly row: string;
  readonly op: string;
  readonly rankSum: number;
  readonly cut: boolean;
}

function isCut(round: Round): (candidate: RankedCandidate) => boolean {
  const cuts = new Set(cutsOf(round).map(({ cell, edge, op }) => JSON.stringify([cell, edge, op])));
  return ({ cell, edge, op }) => cuts.has(JSON.stringify([cell, edge, op]));
}

/** Row labels of edges: with the cell type where there are several. */
export function edgeLabel(round: Round): (place: { cell: string; edge: string }) => string {
  const several = Object.keys(round.active).length > 1;
  return ({ cell, edge }) => (several ? `${cell} ${edge}` : edge);
}

/** Rank sums of all candidates, edge by edge: how close each decision was. */
export function rankSums(round: Round, name: string): Figure {
  const cut = isCut(round);
  const label = edgeLabel(round);
  const contenders: Contender[] = round.candidates.map((candidate) => ({
    row: label(candidate),
    op: candidate.op,
    rankSum: candidate.rankSum,
    cut: cut(candidate),
  }));
  const rows = [...new Set(contenders.map(({ row }) => row))];
  const longest = Math.max(...rows.map((row) => row.length));
  return plotFigure({
    name,
    title: `Round ${round.round + 1}: rank sums, edge by edge`,
    description: `One row an edge, one symbol an operation, the lowest rank sum to the left. Crossed out: cut. ${contenders
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
  readonly kappa: number;
  readonly regions: number;
}

/** Words of an axis for the way that changes were computed. */
function changeAxes(settings: Readonly<Record<string, unknown>>) {
  const kindOf = (field: string) => {
    const value = settings[field];
    return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  };
  const kappa = kindOf('kappaChange');
  return {
    kappa:
      kappa === 'log-ratio'
        ? 'change of κ: log(before / after)'
        : kappa === 'relative'
          ? 'change of κ: (before − after) / before'
          : 'change of κ: before − after',
    regions:
      kindOf('regionChange') === 'relative' ? 'regions lost, share of those before' : 'regions lost, count',
  };
}

/** Every candidate by both changes: what the ranks were made of. */
export function changeScatter(
  round: Round,
  settings: Readonly<Record<string, unknown>>,
  name: string,
): Figure {
  const cut = isCut(round);
  const axes = changeAxes(settings);
  const changes: Change[] = round.candidates.flatMap((candidate) =>
    candidate.kappaChange === null
      ? []
      : [
          {
            op: candidate.op,
            cut: cut(candidate),
            kappa: candidate.kappaChange,
            regions: candidate.regionChange,
          },
        ],
  );
  const missing = round.candidates.length - changes.length;
  return plotFigure({
    name,
    title: `Round ${round.round + 1}: what removing each operation does`,
    description: `One symbol an operation. To the right: κ falls more when it is removed. Down: fewer regions are lost. Crossed out: cut.${missing > 0 ? ` ${missing} without a condition number are not shown.` : ''}`,
    note: 'Further right: κ falls more without it. Further down: fewer regions are lost. Low and right goes first.',
    plot: {
      width: 480,
      height: 320,
      marginLeft: 62,
      marginBottom: 40,
      marginTop: 26,
      x: { label: axes.kappa, labelAnchor: 'center', labelArrow: 'right', grid: true, nice: true, ticks: 6 },
      y: { label: axes.regions, grid: true, nice: true, ticks: 6 },
      symbol: { type: 'identity' },
      marks: [
        Plot.ruleX([0], { stroke: color('soft') }),
        Plot.ruleY([0], { stroke: color('soft') }),
        ...symbols(
          changes,
          (one) => one.kappa,
          (one) => one.regions,
        ),
      ],
    },
    legend: operationLegend(changes.map(({ op }) => op)),
  });
}
