import { METADATA_PREFIX, MOST_CLASSES, type ModelOrigin, type PixelNormalisation } from './metadata.js';

/** What a file says of the images that its network is for. */
export type StatedOrigin = Pick<ModelOrigin, 'dataset' | 'normalisation' | 'classNames'>;

/** Longest list that is read: 65,536 names of 255 characters, each escaped. */
const LONGEST_LIST = 65_536 * 256 * 6;

/**
 * What `modelMetadata` wrote of the images: dataset, normalisation and names of classes. Anybody may have written the
 * file: what is not of the form that tenas writes counts as not there.
 * @param metadata metadata_props, as `summarizeModel` gives them
 */
export function statedOrigin(metadata: Readonly<Record<string, string>>): StatedOrigin {
  const read = (key: string) =>
    Object.hasOwn(metadata, METADATA_PREFIX + key) ? metadata[METADATA_PREFIX + key] : undefined;
  const dataset = read('dataset');
  const classNames = listOf(read('classes'));
  return {
    dataset: dataset !== undefined && /^[\w.-]{1,64}$/.test(dataset) ? dataset : undefined,
    normalisation: normalisationOf(listOf(read('mean')), listOf(read('std'))),
    classNames: classNames?.every((name) => typeof name === 'string') ? classNames : undefined,
  };
}

function listOf(text: string | undefined): readonly unknown[] | undefined {
  if (text === undefined || text.length > LONGEST_LIST) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.length <= MOST_CLASSES ? value : undefined;
  } catch {
    return undefined;
  }
}

function normalisationOf(
  means: readonly unknown[] | undefined,
  deviations: readonly unknown[] | undefined,
): PixelNormalisation | undefined {
  const [mean, std] = [pixelsOf(means), pixelsOf(deviations)];
  if (mean === undefined || std === undefined || !std.every((value) => value > 0)) return undefined;
  return { mean, std };
}

/** Three values of pixels from 0 to 1, as those from 0 to 255. */
function pixelsOf(values: readonly unknown[] = []): [number, number, number] | undefined {
  const numbers = values.flatMap((value) => (typeof value === 'number' ? [255 * value] : []));
  const [red, green, blue] = numbers;
  if (values.length !== 3 || red === undefined || green === undefined || blue === undefined) return undefined;
  return numbers.every(Number.isFinite) ? [red, green, blue] : undefined;
}
