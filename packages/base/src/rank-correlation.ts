/** Ranks of values from 1 for the lowest; equal values share their mean rank. */
export function midRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, item) => item).sort(
    (a, b) => values[a]! - values[b]!,
  );
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let place = start; place < end; place++) ranks[order[place]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/**
 * Spearman's rank correlation of two lists of finite numbers: the correlation of their mid-ranks. Null where all values of
 * one list are equal, or there are fewer than two.
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  const [a, b] = [midRanks(x), midRanks(y)];
  const middle = (a.length + 1) / 2;
  let [products, squaresA, squaresB] = [0, 0, 0];
  for (let item = 0; item < a.length; item++) {
    const [da, db] = [a[item]! - middle, b[item]! - middle];
    products += da * db;
    squaresA += da * da;
    squaresB += db * db;
  }
  return squaresA === 0 || squaresB === 0 ? null : products / Math.sqrt(squaresA * squaresB);
}
