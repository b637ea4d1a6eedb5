import * as Plot from '@observablehq/plot';
import { countText, numberText, plural } from '@tenas/base';
import type { Evaluation, EvaluationResult } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { metricLabel } from '../metric-label.js';
import { clipText, tickText } from '../number-text.js';
import { color } from '../palette.js';
import { targetAxis, targetWords } from './target-words.js';

/** More points than this become hexagons. */
const MANY = 1500;

/** Values that span more than this factor get a logarithmic axis. */
const WIDE = 20;

/** The lowest accuracies, of networks that learned nothing, would flatten everything else: they go to the edge. */
const LOWEST_SHARE = 0.03;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Accuracy against a metric; null where fewer than two architectures have both. */
export function accuracyScatter(
  evaluation: Evaluation,
  result: EvaluationResult,
  name: string,
): Figure | null {
  const { dataset, metric } = result;
  const accuracy = evaluation.points.accuracy[dataset] ?? [];
  const points = (evaluation.points.values[metric] ?? []).flatMap((x, index): Point[] => {
    const y = accuracy[index];
    return x === null || typeof y !== 'number' ? [] : [{ x, y }];
  });
  if (points.length < 2) return null;
  const byValue = points.map(({ x }) => x).sort((a, b) => a - b);
  const byAccuracy = points.map(({ y }) => y).sort((a, b) => a - b);
  // Long latencies are no failures, as accuracies of guessing are.
  const lowest =
    byAccuracy[evaluation.table.target === 'latency' ? 0 : Math.floor(LOWEST_SHARE * points.length)]!;
  const below = byAccuracy.filter((y) => y < lowest).length;
  const label = clipText(metricLabel(evaluation, metric), 44);
  const better = evaluation.metrics.find((one) => one.name === metric)?.better ?? 'higher';
  const tau = numberText(result.kendall.value);
  const many = points.length > MANY;
  const shown = points.map(({ x, y }) => ({ x, y: Math.max(y, lowest) }));
  return plotFigure({
    name,
    title: `${label}: τ ${tau}`,
    description: `${plural(points.length, 'architecture')}: ${targetWords(evaluation).one} on ${dataset} against ${label}, of which ${better} is better. Kendall's tau ${tau}, Spearman's rho ${numberText(result.spearman.value)}.`,
    note: `${dataset}; ${better} is better.${below > 0 ? ` ${countText(below)} below ${numberText(lowest)} % lie on the lower edge.` : ''}${many ? ' Darker: more architectures.' : ''}`,
    plot: {
      width: 480,
      height: 320,
      marginLeft: 46,
      marginRight: 30,
      marginBottom: 40,
      marginTop: 26,
      x: {
        type: byValue[0]! > 0 && byValue.at(-1)! / byValue[0]! > WIDE ? 'log' : 'linear',
        label,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: 5,
        tickFormat: tickText,
      },
      y: { label: targetAxis(evaluation), grid: true, nice: true },
      opacity: { type: 'log', range: [0.25, 1] },
      marks: many
        ? [
            Plot.hexagon(
              shown,
              Plot.hexbin({ fillOpacity: 'count' }, { x: 'x', y: 'y', fill: color('blue'), binWidth: 8 }),
            ),
          ]
        : [Plot.dot(shown, { x: 'x', y: 'y', r: 2.8, fill: color('blue'), fillOpacity: 0.65 })],
    },
  });
}
