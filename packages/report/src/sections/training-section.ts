import { countText, durationText, numberText } from '@tenas/base';
import type { TrainingRecord } from '@tenas/records';
import { dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { learningCurves } from '../figures/learning-curves.js';
import { type Html, html } from '../html.js';
import { scaledText } from '../number-text.js';
import { facts, figureBlock, figureGrid, tiles } from '../page.js';
import type { ReportContext } from '../report-context.js';
import { architectureView, UNKNOWN_ARCHITECTURE } from './cell-figures.js';
import { relativeLink } from './network-facts.js';

/** A training as a section of a page. */
export interface TrainingSection {
  readonly figures: readonly Figure[];
  readonly body: Html;
}

function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(2)} %`;
}

function file(path: string, context: ReportContext): Html {
  const link = context.linkTo(path);
  return link === null ? html`<code>${path}</code>` : html`<a href="${relativeLink(link)}">${path}</a>`;
}

function recipeText({ recipe, batchSize, epochs }: TrainingRecord): string {
  const { sgd, cosine, labelSmoothing, clip, augmentation } = recipe;
  return [
    `${recipe.name}: ${epochs.length} epochs in batches of ${batchSize}`,
    `SGD at ${numberText(sgd.rate)}, momentum ${numberText(sgd.momentum)}${sgd.nesterov ? ' (Nesterov)' : ''}, decay ${numberText(sgd.weightDecay)}`,
    `cosine per ${cosine.per}${cosine.warmUpEpochs === 0 ? '' : ` after a warm-up of ${numberText(cosine.warmUpEpochs)}`}`,
    ...(labelSmoothing === 0 ? [] : [`label smoothing ${numberText(labelSmoothing)}`]),
    ...(clip === 0 ? [] : [`gradients clipped at ${numberText(clip)}`]),
    ...(augmentation.padding === 0 ? [] : [`crops after padding by ${augmentation.padding}`]),
    ...(augmentation.flip ? ['flips'] : []),
    ...(augmentation.cutout === 0 ? [] : [`cutout ${augmentation.cutout}`]),
  ].join(', ');
}

function epochTable({ epochs }: TrainingRecord, suffix: string): Html {
  const number = (value: number | null, shown: string) => (value === null ? null : { value, shown });
  return dataTable({
    name: `epochs${suffix}`,
    caption: 'Epochs',
    columns: ['epoch', 'loss', 'training accuracy', 'held-out accuracy', 'time', 'images per second'].map(
      (label) => ({
        label,
        kind: 'number',
      }),
    ),
    rows: epochs.map((epoch, index) => [
      number(index + 1, String(index + 1)),
      number(epoch.trainLoss, epoch.trainLoss.toFixed(4)),
      number(epoch.trainAccuracy, percent(epoch.trainAccuracy)),
      number(epoch.validAccuracy, percent(epoch.validAccuracy)),
      number(epoch.seconds, durationText(epoch.seconds)),
      number(epoch.imagesPerSecond, countText(Math.round(epoch.imagesPerSecond))),
    ]),
  });
}

function onnxFacts(
  onnx: TrainingRecord['onnx'],
  context: ReportContext,
): (readonly [string, Html | string])[] {
  if (onnx === null) return [];
  const { check, path } = onnx;
  const said = check.ok
    ? `onnxruntime ${check.ortVersion} agrees on ${countText(check.images)} images`
    : `FAILED: ${check.failure ?? 'differs from our forward pass'}`;
  return [
    ['ONNX', file(path, context)],
    ['check', said],
  ];
}

/** A training: its accuracy, its curves and its files. @param suffix that makes names of figures unique */
export function trainingSection(
  record: TrainingRecord,
  context: ReportContext,
  suffix: string,
): TrainingSection {
  const { space, architecture, dataset, seed, seconds, test, onnx, params, macs, task } = record;
  const choices = context.choicesOf(space, architecture);
  const view =
    choices === null ? UNKNOWN_ARCHITECTURE : architectureView(choices, 'trained-cell', suffix, '');
  const curves = learningCurves(record, suffix);
  const last = record.epochs.at(-1);
  const of = test?.of === 'validation' ? 'held-out' : 'test';
  return {
    figures: [...curves, ...view.figures],
    body: html`<section class="result">
<h1>Training of an architecture of ${context.spaceTitle(space)}</h1>
<p class="lead">${countText(dataset.training)} images of ${dataset.name}${task === undefined ? html` in ${dataset.classes} classes` : html`, with the task ${task} instead of labels`}. Seed ${seed}, ${durationText(seconds)}.</p>
<code class="genotype">${architecture}</code>
${tiles([
  ...(test === null
    ? []
    : [[`accuracy on ${countText(test.images)} ${of} images`, percent(test.accuracy)] as const]),
  ...(onnx === null || onnx.accuracy === null
    ? []
    : [['the same in onnxruntime', percent(onnx.accuracy)] as const]),
  ...(last === undefined ? [] : [['loss of the last epoch', numberText(last.trainLoss)] as const]),
  ['parameters', scaledText(params)],
  ['multiply-adds an image', scaledText(macs)],
])}
${figureGrid(curves)}
${facts([
  ['recipe', recipeText(record)],
  ['weights', file(record.weights, context)],
  ...onnxFacts(onnx, context),
  ...(record.notes ?? []).map((note) => ['note', note] as const),
])}
${view.figures.map((figure) => figureBlock(figure, true))}
${view.note}${view.table}
${epochTable(record, suffix)}
</section>`,
  };
}
