import { TenasError } from '@tenas/base';
import { escapeUnseen } from './visible-text.js';

/** The origin of a network in a model's metadata. */
export interface ModelOrigin {
  /** Genotype text, e.g. `|nor_conv_3x3~0|+...`. */
  readonly genotype?: string | undefined;
  /** Search space, e.g. `nas-bench-201`. */
  readonly space?: string | undefined;
  /** Data set that the network is for: that of its training or, before it, of its scores. */
  readonly dataset?: string | undefined;
  /** Named scores, e.g. `{ conditionNumber: 12.5, regions: 180 }`; numbers that JSON can't hold are written as text. */
  readonly scores?: Readonly<Record<string, number>> | undefined;
  /** Version of the tool that wrote the model. */
  readonly toolVersion?: string | undefined;
  /** Where the weights came from, e.g. `seed 0, kaiming_fan_out` or a file name. */
  readonly weights?: string | undefined;
  /** Whether the weights were trained. Leave out what is not known. */
  readonly trained?: boolean | undefined;
  /** Images that the statistics of batch norm were measured on, e.g. `128 images of cifar10`. */
  readonly calibration?: string | undefined;
  /** Mean and standard deviation that images are normalised by, per channel, in 0..255 as in `NORMALISATION` of `@tenas/data`. */
  readonly normalisation?: PixelNormalisation | undefined;
  /** Names of the classes in the order of the logits. Names of folders may hold anything: see {@link modelMetadata}. */
  readonly classNames?: readonly string[] | undefined;
  /** Papers to cite, e.g. `NAS-Bench-201: Dong and Yang, ICLR 2020`. */
  readonly papers?: readonly string[] | undefined;
  /** Further pairs, written as they are. */
  readonly extra?: Readonly<Record<string, string>> | undefined;
}

/** Per channel (red, green, blue), in 0..255. */
export interface PixelNormalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Prefix of the metadata keys that {@link modelMetadata} writes. */
export const METADATA_PREFIX = 'tenas.';

/** Value of `tenas.layout`: the axes of the input, the order of its channels, and where its values come from. */
export const INPUT_LAYOUT = 'NCHW RGB, (pixel / 255 - mean) / std';

/** Longest class name in characters; a longer one ends in an ellipsis. A folder's name has at most 255. */
const LONGEST_CLASS_NAME = 255;
/** Most class names; ImageNet-21k has 21,843 classes. */
export const MOST_CLASSES = 65_536;

/**
 * Turns the origin of a network into ONNX metadata_props: `tenas.genotype`, `tenas.space`, `tenas.dataset`,
 * `tenas.scores` (JSON object), `tenas.version`, `tenas.weights`, `tenas.trained` (`true` or `false`),
 * `tenas.calibration`, `tenas.mean` and `tenas.std` (JSON lists, in 0..1 as torchvision and timm have them),
 * `tenas.layout` ({@link INPUT_LAYOUT}), `tenas.classes` (JSON list of names), then the extra pairs. What is not given
 * is left out. In class names, characters that are not seen (control characters, marks that turn the direction of
 * text, halves of surrogate pairs) are escaped as JSON does it, and names are cut to 255 characters.
 * @throws TenasError OPTIONS_INVALID if an extra key is one of those above, a mean or deviation is not a number (the
 *   deviation above 0), or there are more than 65,536 class names.
 */
export function modelMetadata(origin: ModelOrigin): Record<string, string> {
  const metadata: Record<string, string> = {};
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) metadata[METADATA_PREFIX + key] = value;
  };
  const { normalisation, classNames, trained } = origin;
  put('genotype', origin.genotype);
  put('space', origin.space);
  put('dataset', origin.dataset);
  put('scores', origin.scores === undefined ? undefined : encodeScores(origin.scores));
  put('version', origin.toolVersion);
  put('weights', origin.weights);
  put('trained', trained === undefined ? undefined : String(trained));
  put('calibration', origin.calibration);
  if (normalisation !== undefined) {
    put('mean', encodePixels('mean', normalisation.mean));
    put('std', encodePixels('std', normalisation.std));
    put('layout', INPUT_LAYOUT);
  }
  put('classes', classNames === undefined ? undefined : encodeClassNames(classNames));
  for (const [key, value] of Object.entries(origin.extra ?? {})) {
    if (key in metadata) throw invalid('extra', key, `metadata key ${key} is already used by the tool`);
    metadata[key] = value;
  }
  return metadata;
}

/** Class names as they are written: cut to 255 characters. */
export function boundedClassNames(names: readonly string[]): readonly string[] {
  if (names.length > MOST_CLASSES) {
    throw invalid(
      'classNames',
      names.length,
      `${names.length} class names; at most ${MOST_CLASSES} are written`,
    );
  }
  return names.map((name) => {
    // A cut through a pair of surrogates would leave half of it.
    const characters = name.length > LONGEST_CLASS_NAME ? [...name] : [];
    return characters.length > LONGEST_CLASS_NAME
      ? `${characters.slice(0, LONGEST_CLASS_NAME - 1).join('')}…`
      : name;
  });
}

function encodeClassNames(names: readonly string[]): string {
  return escapeUnseen(JSON.stringify(boundedClassNames(names)));
}

function encodePixels(field: 'mean' | 'std', values: readonly number[]): string {
  const wrong = values.find((value) => !Number.isFinite(value) || (field === 'std' && value <= 0));
  if (values.length !== 3 || wrong !== undefined) {
    const wanted = `three numbers${field === 'std' ? ' above 0' : ''}, in 0..255`;
    throw invalid(
      `normalisation.${field}`,
      values,
      `normalisation.${field} must be ${wanted}, got [${values}]`,
    );
  }
  return JSON.stringify(values.map((value) => value / 255));
}

function encodeScores(scores: Readonly<Record<string, number>>): string {
  return JSON.stringify(scores, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

function invalid(field: string, value: unknown, message: string): TenasError {
  return new TenasError('OPTIONS_INVALID', message, { field, value });
}
