import type { TrainingProgress } from '@tenas/train';

/** Hears of a training's progress, and tells of each further epoch: how many are done, also those of an earlier run. */
export function epochsOf(tell: (done: number) => void): (progress: TrainingProgress) => void {
  let told = -1;
  return ({ done: { length } }) => {
    if (length === told) return;
    told = length;
    tell(length);
  };
}
