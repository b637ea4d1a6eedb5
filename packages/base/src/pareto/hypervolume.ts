import { settingError } from '../argument-checks.js';

/**
 * The hypervolume of a set of points: the volume that they dominate, up to a reference point (Zitzler and Thiele 1999).
 * All objectives are minimised. Exact: a sweep along the last objective over the area that the first two make.
 *
 * @param points in any order, dominated ones too; a point counts as far as it is below the reference in every objective
 * @param reference of two or three objectives
 * @throws TenasError `SETTING_INVALID` for another number of objectives
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const { length } = reference;
  if (length !== 2 && length !== 3) throw settingError('reference', reference, 'of two or three objectives');
  const wrong = points.find((point) => point.length !== length);
  if (wrong !== undefined) throw settingError('points', wrong, `of ${length} objectives, as the reference`);
  const below = points.filter((point) => point.every((value, at) => value < reference[at]!));
  if (length === 2) return areaOf(below, reference);
  const order = below.toSorted((a, b) => a[2]! - b[2]!);
  let volume = 0;
  for (const [place, point] of order.entries()) {
    const depth = (order[place + 1]?.[2] ?? reference[2]!) - point[2]!;
    if (depth > 0) volume += depth * areaOf(order.slice(0, place + 1), reference);
  }
  return volume;
}

/** The area that points dominate by their first two objectives. */
function areaOf(points: readonly (readonly number[])[], [right, top]: readonly number[]): number {
  let area = 0;
  let lowest = top!;
  for (const [x, y] of points.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!)) {
    if (y! >= lowest) continue;
    area += (right! - x!) * (lowest - y!);
    lowest = y!;
  }
  return area;
}
