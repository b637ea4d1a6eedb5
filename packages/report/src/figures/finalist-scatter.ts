import * as Plot from '@observablehq/plot';
import { plural } from '@tenas/base';
import type { GradientDetail } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { color } from '../palette.js';

/**
 * Losses of the architectures that a search by gradient compared in the end, under the shared weights or in their first
 * round of training, beside what their probabilities say. None where fewer than two were compared.
 */
export function finalistScatter(
  { finalists: all = [], finetuning }: GradientDetail,
  suffix: string,
): Figure | null {
  // Losses of different rounds do not compare: where finalists were trained on, those of the first are drawn.
  const finalists = all.map((one) => ({ ...one, loss: one.rounds?.[0]?.loss ?? one.loss }));
  const [best] = finalists;
  if (best === undefined || finalists.length < 2) return null;
  const dots = finalists.map(({ loss, logProbability }) => ({ x: logProbability, y: loss }));
  const lowest = Math.min(...dots.map(({ y }) => y));
  const when =
    finetuning === undefined
      ? 'under the shared weights'
      : `in the first of ${plural(finetuning.rounds.length, 'round')} of training`;
  const likeliest = Math.max(...dots.map(({ x }) => x));
  return plotFigure({
    name: `finalist-scatter${suffix}`,
    title: 'Loss and probability of the finalists',
    description: `${plural(finalists.length, 'architecture')}: loss ${when}, ${lowest.toFixed(3)} or more, against the logarithm of the probability, up to ${likeliest.toFixed(2)}; that of the best one is ${best.logProbability.toFixed(2)}.`,
    note: `Each dot is one architecture, ${when}${finetuning === undefined ? ', on images that the weights were not trained on. The orange one has the lowest loss' : '. The orange one has the lowest loss of the last round'}. Where dots do not fall to the right, the weights choose, not the probabilities.`,
    plot: {
      ...{ width: 480, height: 300, marginLeft: 46, marginRight: 30, marginBottom: 40 },
      x: {
        ...{ label: 'ln of the probability', labelAnchor: 'center', labelArrow: 'none' },
        ...{ ticks: 5, nice: true },
      },
      y: { label: 'loss', grid: true, nice: true },
      marks: [
        Plot.dot(dots.slice(1), { x: 'x', y: 'y', r: 3, fill: color('blue'), fillOpacity: 0.65 }),
        Plot.dot(dots.slice(0, 1), { x: 'x', y: 'y', r: 4, fill: color('orange') }),
      ],
    },
  });
}
