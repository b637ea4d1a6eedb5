import type { RandomStream } from '@tenas/base';

/** One choice for each decision, by its place among the decision's choices. */
export type Actions = readonly number[];

/** The softmax of logits, of any size, over a temperature. */
export function softmax(logits: Float64Array, temperature = 1): Float64Array {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const exponentials = logits.map((logit) => Math.exp((logit - largest) / temperature));
  const sum = exponentials.reduce((total, one) => total + one, 0);
  return exponentials.map((one) => one / sum);
}

/** Draws a choice for each decision. @param probabilities by decision and choice */
export function drawActions(
  probabilities: readonly Float64Array[],
  random: Pick<RandomStream, 'unit'>,
): number[] {
  return probabilities.map((chances) => {
    let rest = random.unit();
    for (const [place, chance] of chances.entries()) {
      rest -= chance;
      if (rest < 0) return place;
    }
    return chances.length - 1;
  });
}

/** The likeliest choice of each decision, the first of equals. */
export function likeliest(probabilities: readonly Float64Array[]): number[] {
  return probabilities.map((chances) => chances.indexOf(Math.max(...chances)));
}

/** Mean over the decisions of the entropy of their choices, in nats: at most the mean logarithm of their number. */
export function meanEntropy(probabilities: readonly Float64Array[]): number {
  const entropies = probabilities.map((chances) =>
    chances.reduce((sum, chance) => (chance > 0 ? sum - chance * Math.log(chance) : sum), 0),
  );
  return entropies.reduce((sum, entropy) => sum + entropy, 0) / Math.max(1, entropies.length);
}
