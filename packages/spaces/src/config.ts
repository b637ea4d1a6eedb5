import { checkFields, checkInteger, settingError, type TenasError } from '@tenas/base';
import type { Shape } from '@tenas/graph';

/** Size of a supernet. Parameter names and fixtures of the reference use the same letters. */
export interface SupernetConfig {
  /** Channels of the first stage; later stages have 2C and 4C. */
  readonly C: number;
  /** Cells of a stage (default 1). */
  readonly N?: number;
  /** Cells to build, counted from the input, -1 for all (default -1). */
  readonly depth?: number;
  /** Whether the image passes a 3x3 convolution and batch norm first (default true); if not it must have C channels. */
  readonly useStem?: boolean;
  /** DARTS only: channels of the stem over C (default 1). */
  readonly stemMultiplier?: number;
  /** Classes (default 10). */
  readonly numClasses?: number;
  /**
   * Channels, height and width of an image (default 3x32x32 with a stem, else the region protocol's Cx3x3). A stem
   * reads as many channels as the image has; that of the reference's NAS-Bench-201 supernet reads min(3, C).
   */
  readonly inputShape?: Shape;
}

/** Size of the network of one architecture. What does not apply to the space is refused. */
export interface NetworkConfig {
  /** Channels of the first stage (defaults: NAS-Bench-201 16, DARTS 36, or 48 with the ImageNet stem). */
  readonly C?: number;
  /** NAS-Bench-201 only: cells of a stage (default 5). */
  readonly N?: number;
  /** DARTS only: `cifar` (one-step stem, 20 cells) or `imagenet` (two-step stem, 14 cells); default `cifar`. */
  readonly macro?: 'cifar' | 'imagenet';
  /** DARTS only: cells (defaults 20 and 14); those at 1/3 and 2/3 of the depth reduce. */
  readonly layers?: number;
  /** DARTS with the `cifar` macro only: channels of the stem over C (default 3). */
  readonly stemMultiplier?: number;
  /** Classes (default 10, or 1000 with the ImageNet stem). */
  readonly numClasses?: number;
  /** Channels, height and width of an image (default 3x32x32, or 3x224x224 with the ImageNet stem). */
  readonly inputShape?: Shape;
}

/** Upper bound of channels, classes and image sizes: far above any use, and keeps sizes exact integers. */
const LIMIT = 65_536;

/** Code of the errors about a configuration. */
const CODE = 'CONFIG_INVALID';

/** The error of every configuration field: code `CONFIG_INVALID`, the field, its value, and what would be right. */
export function configError(field: string, value: unknown, right: string): TenasError {
  return settingError(field, value, right, CODE);
}

/** A positive integer up to 65,536. */
export function positiveInteger(field: string, value: unknown): number {
  return checkInteger(field, value, 1, LIMIT, CODE);
}

/** Upper bound of numbers of cells: a larger graph would be refused for its size, but only once it is built. */
const CELL_LIMIT = 1000;

/** A number of cells, from 1 to 1,000. */
export function cellCount(field: string, value: unknown): number {
  return checkInteger(field, value, 1, CELL_LIMIT, CODE);
}

/** Three positive integers: channels, height, width. */
export function imageShape(field: string, value: unknown): Shape {
  if (!Array.isArray(value) || value.length !== 3)
    throw configError(field, value, 'three integers: channels, height, width');
  const [channels, height, width] = value.map((size, index) => positiveInteger(`${field}[${index}]`, size));
  return [channels!, height!, width!];
}

/** Refuses fields that the space does not know. */
export function checkConfigFields(config: unknown, known: readonly string[]): void {
  checkFields('config', config, known, CODE);
}

/** {@link SupernetConfig} with every default filled in and checked. */
export interface ResolvedSupernetConfig {
  readonly C: number;
  readonly N: number;
  /** Cells to build; `Infinity` for all. */
  readonly depth: number;
  readonly useStem: boolean;
  readonly stemMultiplier: number;
  readonly numClasses: number;
  readonly inputShape: Shape;
}

const SUPERNET_FIELDS = ['C', 'N', 'depth', 'useStem', 'numClasses', 'inputShape'] as const;

/**
 * Fills in the defaults of a supernet's configuration.
 *
 * @param options.stemMultiplier whether the space has a stem multiplier
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function resolveSupernetConfig(
  config: SupernetConfig,
  options: { stemMultiplier: boolean },
): ResolvedSupernetConfig {
  checkConfigFields(
    config,
    options.stemMultiplier ? [...SUPERNET_FIELDS, 'stemMultiplier'] : SUPERNET_FIELDS,
  );
  const { depth = -1, useStem = true } = config;
  const C = positiveInteger('C', config.C);
  const stemMultiplier = positiveInteger('stemMultiplier', config.stemMultiplier ?? 1);
  if (depth !== -1) cellCount('depth', depth);
  if (typeof useStem !== 'boolean') throw configError('useStem', useStem, 'true or false');
  const inputShape = imageShape(
    'inputShape',
    config.inputShape ?? (useStem ? [3, 32, 32] : [C * stemMultiplier, 3, 3]),
  );
  if (!useStem && inputShape[0] !== C * stemMultiplier) {
    throw configError(
      'inputShape[0]',
      inputShape[0],
      `the ${C * stemMultiplier} channels that the first cell reads, as there is no stem`,
    );
  }
  return {
    C,
    N: cellCount('N', config.N ?? 1),
    depth: depth === -1 ? Number.POSITIVE_INFINITY : depth,
    useStem,
    stemMultiplier,
    numClasses: positiveInteger('numClasses', config.numClasses ?? 10),
    inputShape,
  };
}
