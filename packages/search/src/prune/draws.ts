import type { DrawNumbers } from './evaluator.js';
import type { PruningSettings, WeightLifetime } from './settings.js';

/** A place in the search with separate draws. */
export interface DrawPlace {
  /** Number of the round, from 0. */
  readonly round: number;
  /** First round of those that count as one where weights last one round. */
  readonly weightRound: number;
  /** Place of the candidate among all operations of all edges of the space; 0 for draws that a round shares. */
  readonly slot: number;
  /** Operations of all edges of the space. */
  readonly slots: number;
}

/** Numbers of the draws of the final ranking start here, beyond those of any round. */
const FINALS = 2 ** 30;

/** Batch and weights of some repeats of the final ranking, shared by all architectures. */
export function finalsDraws(firstRepeat: number, repeats: number): DrawNumbers[] {
  return Array.from({ length: repeats }, (_, index) => {
    const number = FINALS + firstRepeat + index;
    return { batch: number, weights: number };
  });
}

/**
 * Batch and weights of each repeat. A place's numbers do not depend on what was pruned before or on which other
 * candidates there are.
 */
export function drawsAt(
  place: DrawPlace,
  settings: Pick<PruningSettings, 'repeats'>,
  weights: WeightLifetime,
): DrawNumbers[] {
  const { round, weightRound, slot, slots } = place;
  const { repeats } = settings;
  const number = (ofRound: number, ofSlot: number, repeat: number) =>
    (ofRound * slots + ofSlot) * repeats + repeat;
  return Array.from({ length: repeats }, (_, repeat) => {
    const batch = number(round, slot, repeat);
    const ofLifetime = {
      repeat: batch,
      candidate: number(round, slot, 0),
      round: number(weightRound, 0, 0),
    };
    return { batch, weights: ofLifetime[weights] };
  });
}
