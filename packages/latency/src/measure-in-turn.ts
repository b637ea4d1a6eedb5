import { checkInteger } from '@tenas/base';
import type { NetworkLatency } from './measure-network.js';

/** A measurement among several rounds. */
export interface TurnMeasured {
  /** Measurements so far, of all rounds. */
  readonly done: number;
  readonly total: number;
  /** Place of the network. */
  readonly place: number;
  readonly latency: NetworkLatency;
}

/**
 * Measures networks one after the other, and all of them again in each further round. Of each network the measurement
 * with the smallest median counts: other work on a machine only makes it larger, and rounds are too far apart for one
 * disturbance to reach them all.
 *
 * @param measure the network of a place
 * @param options.onMeasured hears of every measurement
 * @returns by place
 * @throws those of `measure`
 */
export async function measureInTurn(
  measure: (place: number) => Promise<NetworkLatency>,
  options: {
    readonly networks: number;
    readonly rounds: number;
    readonly onMeasured?: ((measured: TurnMeasured) => void) | undefined;
  },
): Promise<NetworkLatency[]> {
  const { networks, onMeasured } = options;
  const rounds = checkInteger('rounds', options.rounds, 1, 1000);
  const least: NetworkLatency[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < networks; place++) {
      const latency = await measure(place);
      const known = least[place];
      if (known === undefined || latency.median < known.median) least[place] = latency;
      onMeasured?.({ done: round * networks + place + 1, total: rounds * networks, place, latency });
    }
  }
  return least;
}
