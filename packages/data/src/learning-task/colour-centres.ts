/** A point of the plane of a and b of L*a*b*. */
export type ColourCentre = readonly [a: number, b: number];

/** Between two published centres. */
const SPACING = 10;
/** By a, from -90 on: the first and the last b of the published centres. */
const ROWS: readonly (readonly [first: number, last: number])[] = [
  [50, 90],
  [20, 90],
  [0, 90],
  [-20, 90],
  [-30, 100],
  [-40, 100],
  [-50, 100],
  [-50, 100],
  [-60, 100],
  [-70, 100],
  [-80, 90],
  [-80, 90],
  [-90, 90],
  [-100, 90],
  [-100, 80],
  [-110, 80],
  [-110, 80],
  [-110, 70],
  [-110, 70],
  [-90, 0],
];

/** The 313 centres of Zhang, Isola and Efros (ECCV 2016, arXiv 1603.08511): points of a grid of 10, by a, then by b. */
export const GRID_CENTRES: readonly ColourCentre[] = ROWS.flatMap(([first, last], row) =>
  Array.from(
    { length: (last - first) / SPACING + 1 },
    (_, place): ColourCentre => [-90 + SPACING * row, first + SPACING * place],
  ),
);

/**
 * 32 centres for small networks: k-means over the colours of CIFAR-10, from pale to vivid. A test holds that each is the mean
 * of the colours that are nearest to it.
 */
export const FEW_CENTRES: readonly ColourCentre[] = [
  [-26.9, 48.8],
  [-21.7, 30.7],
  [-19.3, 14.0],
  [-12.2, -12.4],
  [-10.4, 25.9],
  [-8.2, 44.5],
  [-8.1, 15.3],
  [-8.0, -2.1],
  [-7.7, 6.1],
  [-4.1, -21.3],
  [-2.2, -7.5],
  [-1.1, 9.6],
  [-0.9, -34.4],
  [-0.8, 3.6],
  [-0.1, -0.8],
  [0.6, 18.6],
  [2.4, 29.1],
  [2.4, -14.6],
  [5.0, -5.0],
  [5.1, 2.8],
  [5.2, 10.7],
  [6.5, -26.5],
  [10.2, 18.7],
  [13.4, 6.2],
  [14.3, -46.4],
  [14.8, 29.0],
  [17.2, -13.5],
  [18.8, 44.7],
  [25.8, 13.0],
  [38.8, 25.8],
  [49.3, -58.4],
  [52.1, 44.7],
];

/** The number of the centre that is nearest to a colour; of equals the first. */
export type NearestCentre = (a: number, b: number) => number;

/** Finds the nearest of some centres. Of the published ones it looks at the grid first. */
export function nearestCentre(centres: readonly ColourCentre[]): NearestCentre {
  const onGrid = new Map(
    centres === GRID_CENTRES ? centres.map(([a, b], place) => [keyOf(a, b), place]) : [],
  );
  const flat = Float64Array.from(centres.flat());
  return (a, b) => {
    // The nearest point of the whole grid is the nearest of its part, where it belongs to it.
    const known = onGrid.get(keyOf(a, b));
    if (known !== undefined) return known;
    let best = 0;
    let smallest = Number.POSITIVE_INFINITY;
    for (let place = 0; place < flat.length; place += 2) {
      const distance = (flat[place]! - a) ** 2 + (flat[place + 1]! - b) ** 2;
      if (distance >= smallest) continue;
      smallest = distance;
      best = place / 2;
    }
    return best;
  };
}

/** Of the point of the grid that is nearest. */
function keyOf(a: number, b: number): number {
  return Math.round(a / SPACING) * 1000 + Math.round(b / SPACING);
}
