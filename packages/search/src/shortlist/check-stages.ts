import type { ImageSource } from '@tenas/data';
import { type ChosenMetric, Evaluator } from '@tenas/metrics';
import type { Space } from '@tenas/spaces';
import { inField } from '../in-field.js';

/**
 * Before any work: whether the space and the dataset have what the metrics of the stages after a search need.
 *
 * @throws TenasError `LABELS_MISSING`, `SPACE_UNFIT` or `SETTING_INVALID` naming the stage, as `settings.stages[0]`
 */
export function checkStages(
  stages: readonly (readonly ChosenMetric[])[],
  { space, source }: { readonly space: Space; readonly source: ImageSource },
): void {
  for (const [place, metrics] of stages.entries()) {
    inField(`settings.stages[${place}]`, () => new Evaluator({ space, source, metrics })[Symbol.dispose]());
  }
}
