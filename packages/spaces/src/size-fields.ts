import { checkFields, checkInteger, isRecord, settingError } from '@tenas/base';
import type { Shape } from '@tenas/graph';

const CODE = 'CONFIG_INVALID';

/** Upper bound of channels, classes and image sizes: far above any use, and keeps sizes exact integers. */
const LIMIT = 65_536;

/** Upper bound of numbers of cells: a larger graph would be refused for its size, but only once it is built. */
const CELL_LIMIT = 1000;

/** The error of every field of a size: code `CONFIG_INVALID`, the field, its value, and what would be right. */
export function sizeError(field: string, value: unknown, right: string): Error {
  return settingError(field, value, right, CODE);
}

/** A positive integer up to 65,536. */
export function positiveInteger(field: string, value: unknown): number {
  return checkInteger(field, value, 1, LIMIT, CODE);
}

/** A number of cells, from 1 to 1,000. */
export function cellCount(field: string, value: unknown): number {
  return checkInteger(field, value, 1, CELL_LIMIT, CODE);
}

/** Three positive integers: channels, height, width. */
export function imageShape(field: string, value: unknown): Shape {
  if (!Array.isArray(value) || value.length !== 3)
    throw sizeError(field, value, 'three integers: channels, height, width');
  const [channels, height, width] = value.map((size, index) => positiveInteger(`${field}[${index}]`, size));
  return [channels!, height!, width!];
}

/** Refuses fields that a size does not have; one that is `undefined` counts as not given. */
export function checkSizeFields(size: object, known: readonly string[]): void {
  const given = isRecord(size)
    ? Object.fromEntries(Object.entries(size).filter(([, value]) => value !== undefined))
    : size;
  checkFields('size', given, known, CODE);
}

/** How many cells of a supernet are built, and from what. */
export interface SupernetFrame {
  /** Cells to build; `Infinity` for all. */
  readonly depth: number;
  readonly useStem: boolean;
  readonly inputShape: Shape;
}

/**
 * Checks the fields that say where a supernet begins and ends.
 *
 * @param channels channels of the image where there is no stem
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function supernetFrame(
  given: {
    readonly depth?: number | undefined;
    readonly useStem?: boolean | undefined;
    readonly inputShape?: Shape | undefined;
  },
  channels: number,
): SupernetFrame {
  const { depth = -1, useStem = true } = given;
  if (depth !== -1) cellCount('depth', depth);
  if (typeof useStem !== 'boolean') throw sizeError('useStem', useStem, 'true or false');
  const inputShape = imageShape('inputShape', given.inputShape ?? (useStem ? [3, 32, 32] : [channels, 3, 3]));
  if (!useStem && inputShape[0] !== channels) {
    throw sizeError(
      'inputShape[0]',
      inputShape[0],
      `the ${channels} channels that the first cell reads, as there is no stem`,
    );
  }
  return { depth: depth === -1 ? Number.POSITIVE_INFINITY : depth, useStem, inputShape };
}
