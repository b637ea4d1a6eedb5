import * as Plot from '@observablehq/plot';
import { numberText } from '@tenas/base';
import type { Evaluation } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { controlMark, metricLabel } from '../metric-label.js';
import { clipText } from '../number-text.js';
import { color } from '../palette.js';

type Matrix = Evaluation['correlations'][number];

const LONGEST_LABEL = 22;
/** Up to so many metrics the numbers stand in the cells. */
const NUMBERED = 16;
/** More metrics than a picture has room for: the document has all. */
const MOST_SHOWN = 60;

/** Places of metrics such that those which rank alike stand side by side: each is followed by the most alike of the rest. */
function chained(kendall: Matrix['kendall']): number[] {
  const rest = new Set(kendall.keys());
  const order: number[] = [];
  let last = 0;
  while (rest.size > 0) {
    rest.delete(last);
    order.push(last);
    const row = kendall[last]!;
    let next = -1;
    for (const place of rest) if (next < 0 || (row[place] ?? -2) > (row[next] ?? -2)) next = place;
    last = next;
  }
  return order;
}

/** `.51`, `−.07`. */
function shortText(tau: number): string {
  const digits = Math.abs(tau).toFixed(2).replace('0.', '.');
  return tau < 0 && digits !== '.00' ? `−${digits}` : digits;
}

interface Cell {
  readonly row: string;
  readonly column: string;
  readonly tau: number;
}

/** Kendall's tau of metrics with each other as a heat map; null where nothing can be said. */
export function metricMatrix(
  evaluation: Evaluation,
  { metrics, kendall }: Matrix,
  given: Pick<Figure, 'name' | 'title'> & { readonly among: string },
): Figure | null {
  const order = chained(kendall).slice(0, MOST_SHOWN);
  const names = order.map((place) => metrics[place]!);
  const cells = order.flatMap((row) =>
    order.flatMap((column): Cell[] => {
      const tau = kendall[row]![column] ?? null;
      return tau === null ? [] : [{ row: metrics[row]!, column: metrics[column]!, tau }];
    }),
  );
  const apart = cells.filter(({ row, column }) => row < column).sort((a, b) => b.tau - a.tau);
  if (apart.length === 0) return null;
  const said = ({ row, column, tau }: Cell) => `${row} and ${column} ${numberText(tau, 2)}`;
  const label = (name: string) =>
    `${clipText(metricLabel(evaluation, name), LONGEST_LABEL)}${controlMark(evaluation, name)}`;
  const longest = Math.max(...names.map((name) => label(name).length));
  const margin = 14 + longest * 6.6;
  const size = names.length > NUMBERED ? 14 : 34;
  const left = metrics.length - names.length;
  return plotFigure({
    ...{ name: given.name, title: given.title },
    description: `Kendall's tau between metrics. Most alike: ${apart.slice(0, 3).map(said).join('; ')}. Least: ${apart.slice(-3).map(said).join('; ')}.`,
    note: `Kendall’s τ of metrics with each other, among ${given.among}: blue, the same order; orange, the reverse; pale, none. Metrics that rank alike stand side by side.${left > 0 ? ` ${left} more are in the document.` : ''}`,
    plot: {
      width: Math.max(300, margin + names.length * size + 16),
      height: margin + names.length * size + 8,
      marginLeft: margin,
      marginTop: margin,
      marginRight: 16,
      marginBottom: 8,
      x: {
        type: 'band',
        domain: names,
        axis: 'top',
        tickFormat: label,
        tickRotate: -90,
        label: null,
        tickSize: 0,
        padding: 0.06,
      },
      y: { type: 'band', domain: names, tickFormat: label, label: null, tickSize: 0, padding: 0.06 },
      opacity: { type: 'identity' },
      marks: [
        Plot.cell(cells, { x: 'column', y: 'row', fill: color('panel') }),
        Plot.cell(cells, {
          x: 'column',
          y: 'row',
          fill: ({ tau }: Cell) => color(tau < 0 ? 'vermillion' : 'blue'),
          fillOpacity: ({ tau }: Cell) => Math.abs(tau),
        }),
        ...(names.length > NUMBERED
          ? []
          : [
              Plot.text(cells, {
                x: 'column',
                y: 'row',
                text: ({ tau }: Cell) => shortText(tau),
                fill: ({ tau }: Cell) => color(Math.abs(tau) > 0.6 ? 'onAccent' : 'ink'),
                fontSize: 11,
              }),
            ]),
      ],
    },
  });
}
