import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import type { TaskStudy } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { color } from '../palette.js';

type Result = TaskStudy['results'][number];

/** By cell the values that a result's two sides have. */
function points(study: TaskStudy, { task, against }: Result): { readonly x: number; readonly y: number }[] {
  const scores = (name: string) => study.tasks.find((one) => one.name === name)?.accuracy;
  return study.cells.flatMap(({ accuracy }, cell) => {
    const x = scores(task)?.[cell] ?? null;
    const share = scores(against)?.[cell] ?? null;
    const y = against === 'table' ? accuracy : share === null ? null : 100 * share;
    return x === null || y === null ? [] : [{ x: 100 * x, y }];
  });
}

/** What cells reach on a task beside the labels or the table; null where fewer than two have both. */
export function taskScatter(study: TaskStudy, result: Result, name: string): Figure | null {
  const { task, against, spearman } = result;
  const cells = points(study, result);
  if (cells.length < 2) return null;
  const rho = numberText(spearman.value);
  const beside = against === 'table' ? `accuracy of ${study.table?.column ?? 'the table'}, %` : 'labels, %';
  return plotFigure({
    name,
    title: `${task} and ${against}: ρ ${rho}`,
    description: `${plural(cells.length, 'architecture')}: ${beside} against accuracy on ${task}. Spearman's rho ${rho}.`,
    plot: {
      ...{ width: 480, height: 320, marginLeft: 46, marginRight: 30, marginBottom: 40, marginTop: 26 },
      x: { label: `${task}, %`, labelAnchor: 'center', labelArrow: 'none', ticks: 5, nice: true },
      y: { label: beside, grid: true, nice: true },
      marks: [Plot.dot(cells, { x: 'x', y: 'y', r: 3, fill: color('blue'), fillOpacity: 0.65 })],
    },
  });
}
