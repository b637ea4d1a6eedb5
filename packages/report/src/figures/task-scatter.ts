import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import type { TaskStudy } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { color } from '../palette.js';

type Result = TaskStudy['results'][number];

/** By cell what ranks it by a task: percent of the accuracy, or a training loss. */
function scoresOf({ tasks, score = 'best-accuracy' }: TaskStudy, name: string): readonly (number | null)[] {
  const task = tasks.find((one) => one.name === name);
  if (task === undefined) return [];
  if (score === 'best-accuracy') return task.accuracy.map((share) => (share === null ? null : 100 * share));
  return (task.losses ?? []).map((losses) => {
    if (losses === null || losses.length === 0) return null;
    return score === 'last-loss' ? losses.at(-1)! : losses.reduce((sum, loss) => sum + loss, 0);
  });
}

/** By cell the values that a result's two sides have. */
function points(study: TaskStudy, { task, against }: Result): { readonly x: number; readonly y: number }[] {
  const scores = scoresOf(study, task);
  const others = against === 'table' ? study.cells.map(({ accuracy }) => accuracy) : scoresOf(study, against);
  return study.cells.flatMap((_, cell) => {
    const [x, y] = [scores[cell] ?? null, others[cell] ?? null];
    return x === null || y === null ? [] : [{ x, y }];
  });
}

/** How scores are labelled after the name of their task. */
const UNITS = {
  'best-accuracy': '%',
  'last-loss': 'training loss',
  'loss-sum': 'sum of training losses',
} as const;

/** What cells reach on a task beside the labels or the table; null where fewer than two have both. */
export function taskScatter(study: TaskStudy, result: Result, name: string): Figure | null {
  const { task, against, spearman } = result;
  const cells = points(study, result);
  if (cells.length < 2) return null;
  const rho = numberText(spearman.value);
  const unit = UNITS[study.score ?? 'best-accuracy'];
  const beside =
    against === 'table' ? `accuracy of ${study.table?.column ?? 'the table'}, %` : `${against}, ${unit}`;
  return plotFigure({
    name,
    title: `${task} and ${against}: ρ ${rho}`,
    description: `${plural(cells.length, 'architecture')}: ${beside} against ${task}, ${unit}. Spearman's rho ${rho}.`,
    plot: {
      ...{ width: 480, height: 320, marginLeft: 46, marginRight: 30, marginBottom: 40, marginTop: 26 },
      x: { label: `${task}, ${unit}`, labelAnchor: 'center', labelArrow: 'none', ticks: 5, nice: true },
      y: { label: beside, grid: true, nice: true },
      marks: [Plot.dot(cells, { x: 'x', y: 'y', r: 3, fill: color('blue'), fillOpacity: 0.65 })],
    },
  });
}
