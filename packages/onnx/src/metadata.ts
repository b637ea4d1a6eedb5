import { TenasError } from '@tenas/base';

/** The origin of a network in a model's metadata. */
export interface ModelOrigin {
  /** Genotype text, e.g. `|nor_conv_3x3~0|+...`. */
  readonly genotype?: string | undefined;
  /** Search space, e.g. `nas-bench-201`. */
  readonly space?: string | undefined;
  /** Data set that the scores were computed on. */
  readonly dataset?: string | undefined;
  /** Named scores, e.g. `{ conditionNumber: 12.5, regions: 180 }`; numbers that JSON can't hold are written as text. */
  readonly scores?: Readonly<Record<string, number>> | undefined;
  /** Version of the tool that wrote the model. */
  readonly toolVersion?: string | undefined;
  /** Where the weights came from, e.g. `seed 0, kaiming_fan_out` or a file name. */
  readonly weights?: string | undefined;
  /** Further pairs, written as they are. */
  readonly extra?: Readonly<Record<string, string>> | undefined;
}

/** Prefix of the metadata keys that {@link modelMetadata} writes. */
export const METADATA_PREFIX = 'tenas.';

/**
 * Turns the origin of a network into ONNX metadata_props: `tenas.genotype`, `tenas.space`, `tenas.dataset`,
 * `tenas.scores` (JSON object), `tenas.version`, `tenas.weights`, then the extra pairs. What is not given is left out.
 * @throws TenasError OPTIONS_INVALID if an extra key is one of those above.
 */
export function modelMetadata(origin: ModelOrigin): Record<string, string> {
  const metadata: Record<string, string> = {};
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) metadata[METADATA_PREFIX + key] = value;
  };
  put('genotype', origin.genotype);
  put('space', origin.space);
  put('dataset', origin.dataset);
  put('scores', origin.scores === undefined ? undefined : encodeScores(origin.scores));
  put('version', origin.toolVersion);
  put('weights', origin.weights);
  for (const [key, value] of Object.entries(origin.extra ?? {})) {
    if (key in metadata) {
      throw new TenasError('OPTIONS_INVALID', `metadata key ${key} is already used by the tool`, {
        field: 'extra',
        value: key,
      });
    }
    metadata[key] = value;
  }
  return metadata;
}

function encodeScores(scores: Readonly<Record<string, number>>): string {
  return JSON.stringify(scores, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}
