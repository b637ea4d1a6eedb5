import { RandomStream } from '@tenas/base';
import { type Choices, darts, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { softmax } from '../../src/choice-probabilities.js';
import { mixtureGradient } from '../../src/gradient/alphas.js';
import { decodedDomain, likelyDomains } from '../../src/gradient/genotype.js';

/** Probabilities: a little for each choice, and more for some. */
function chances(
  { decisions }: typeof darts.supernet | typeof nasBench201.supernet,
  more: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Float64Array[] {
  return decisions.map(({ name, choices }) =>
    Float64Array.from(choices, (choice, place) => more[name]?.[choice] ?? 0.01 + place / 1e6),
  );
}

describe('the genotype', () => {
  it('has the likeliest choice of each edge, none among them, where every edge stays', () => {
    const probabilities = chances(nasBench201.supernet, {
      'cell/1<-0': { none: 0.5 },
      'cell/3<-2': { nor_conv_3x3: 0.4, skip_connect: 0.3 },
    });
    const domain = decodedDomain(nasBench201.supernet, probabilities, 'edges');
    expect(nasBench201.format(nasBench201.supernet.architectureOf(domain))).toBe(
      '|none~0|+|avg_pool_3x3~0|avg_pool_3x3~1|+|avg_pool_3x3~0|avg_pool_3x3~1|nor_conv_3x3~2|',
    );
  });

  it('has two inputs per node by the rule of the papers or of the code, and never none, in DARTS', () => {
    const probabilities = chances(darts.supernet, {
      'normal/0<-0': { none: 0.9, sep_conv_3x3: 0.04 },
      'normal/1<-1': { skip_connect: 0.4, dil_conv_5x5: 0.3 },
      'normal/1<-2': { max_pool_3x3: 0.2 },
    });
    const cell = (rule: 'edges' | 'pairs') =>
      darts.supernet
        .architectureOf(decodedDomain(darts.supernet, probabilities, rule))
        .normal.inputs.slice(0, 4);
    const first = [
      { op: 'sep_conv_3x3', state: 0 },
      { op: 'max_pool_3x3', state: 1 },
    ];
    expect(cell('edges')).toEqual([
      ...first,
      { op: 'skip_connect', state: 1 },
      { op: 'max_pool_3x3', state: 2 },
    ]);
    expect(cell('pairs')).toEqual([
      { op: 'sep_conv_3x3', state: 0 },
      expect.objectContaining({ op: expect.stringMatching(/pool/) }),
      { op: 'skip_connect', state: 1 },
      { op: 'dil_conv_5x5', state: 1 },
    ]);
    const both = darts.supernet.architectureOf(decodedDomain(darts.supernet, probabilities, 'pairs'));
    expect(darts.parse(darts.format(both))).toEqual(both);
  });

  it('comes before those that are nearly as likely', () => {
    const random = new RandomStream('likely');
    const probabilities = nasBench201.supernet.decisions.map(({ choices }) =>
      softmax(Float64Array.from(choices, () => random.normal())),
    );
    const options = { rule: 'edges', count: 12 } as const;
    const domains = likelyDomains(nasBench201.supernet, probabilities, options);
    const chanceOf = (choices: Choices) =>
      nasBench201.supernet.decisions.reduce(
        (product, decision, place) =>
          product * probabilities[place]![decision.choices.indexOf(choices[decision.name]!)]!,
        1,
      );
    const found = domains.map((domain) =>
      chanceOf(nasBench201.choicesOf(nasBench201.supernet.architectureOf(domain))),
    );
    expect(found).toEqual(found.toSorted((a, b) => b - a));
    expect(new Set(domains.map((domain) => JSON.stringify(domain))).size).toBe(12);
    expect(domains[0]).toEqual(decodedDomain(nasBench201.supernet, probabilities, 'edges'));
    for (const domain of likelyDomains(darts.supernet, chances(darts.supernet, {}), options)) {
      darts.supernet.architectureOf(domain);
    }
  });
});

describe('the gradient of a mixture', () => {
  it('equals differences of the loss by the values', () => {
    const random = new RandomStream('mixture');
    const slopes = [3, 5].map((count) => Float64Array.from({ length: count }, () => random.normal()));
    const values = slopes.map((own) => own.map(() => random.normal()));
    const lossOf = (some: readonly Float64Array[]) =>
      some.reduce(
        (sum, own, decision) =>
          sum + softmax(own).reduce((total, weight, place) => total + weight * slopes[decision]![place]!, 0),
        0,
      );
    const gradient = mixtureGradient(
      values.map((own) => softmax(own)),
      slopes,
    );
    for (const [decision, own] of values.entries()) {
      for (const place of own.keys()) {
        const lossAt = (offset: number) => {
          const moved = values.map((some) => some.slice());
          moved[decision]![place]! += offset;
          return lossOf(moved);
        };
        const step = 1e-3;
        const difference =
          (8 * (lossAt(step) - lossAt(-step)) - (lossAt(2 * step) - lossAt(-2 * step))) / (12 * step);
        expect(Math.abs(gradient[decision]![place]! - difference)).toBeLessThan(1e-9);
      }
    }
  });
});
