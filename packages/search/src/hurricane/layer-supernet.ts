import { quantile, type RandomStream } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import type { Choices, Decision, Space } from '@tenas/spaces';
import type { SupernetToTrain } from '../supernet-training/options.js';
import { supernetSize } from '../supernet-training/supernet-size.js';

/** A supernet with the open choices of each layer. */
export function layerSupernet(
  space: Space,
  source: ImageSource,
  domain: readonly Decision[],
  { channels, full }: { readonly channels: number; readonly full: boolean },
): SupernetToTrain {
  const { layers, supernet } = space;
  if (layers === undefined) {
    const { decisions, build } = supernet!;
    return { decisions, graph: build(supernetSize(supernet!, source, { channels, cells: 1 })).graph };
  }
  const size = space.sizes[full ? 'final' : 'proxy'](source);
  const sized = 'C' in size ? { ...size, C: channels } : size;
  const open = Object.fromEntries(domain.map(({ name, choices }) => [name, choices]));
  return { decisions: domain, graph: layers.network(open, sized) };
}

/** Random paths whose multiply-adds say where the bins are, and attempts at a path in a bin. */
const SAMPLED = 100;
const ATTEMPTS = 50;

/** Draws paths uniformly within bins of multiply-adds, each bin equally often (Single Path One-Shot). */
export class BinnedPaths {
  readonly #decisions: readonly Decision[];
  readonly #macsOf: (choices: Choices) => number;
  readonly #random: RandomStream;
  readonly #bins: number;
  readonly #lowest: number;
  readonly #width: number;

  /** @param bins between the 5th and the 95th percentile of random paths; rarer paths are in none, if there are several */
  constructor(
    decisions: readonly Decision[],
    options: {
      readonly macsOf: (choices: Choices) => number;
      readonly random: RandomStream;
      readonly bins: number;
    },
  ) {
    this.#decisions = decisions;
    this.#macsOf = options.macsOf;
    this.#random = options.random;
    this.#bins = options.bins;
    const macs = Array.from({ length: options.bins === 1 ? 0 : SAMPLED }, () =>
      this.#macsOf(this.#any()),
    ).sort((a, b) => a - b);
    this.#lowest = quantile(macs, 0.05);
    this.#width = (quantile(macs, 0.95) - this.#lowest) / options.bins;
  }

  /** The next path. Where a bin is too rare to be met, the nearest path that was drawn. */
  next(): Choices {
    if (this.#bins === 1) return this.#any();
    const middle = this.#lowest + (this.#random.below(this.#bins) + 0.5) * this.#width;
    let [nearest, off] = [this.#any(), Number.POSITIVE_INFINITY];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const drawn = attempt === 0 ? nearest : this.#any();
      const away = Math.abs(this.#macsOf(drawn) - middle);
      if (away < off) [nearest, off] = [drawn, away];
      if (off <= this.#width / 2) break;
    }
    return nearest;
  }

  #any(): Choices {
    return Object.fromEntries(this.#decisions.map(({ name, choices }) => [name, this.#random.pick(choices)]));
  }
}
