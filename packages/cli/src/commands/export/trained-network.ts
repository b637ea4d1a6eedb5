import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TenasError } from '@tenas/base';
import type { TrainingRecord } from '@tenas/records';

/**
 * The weights that a training left: the file of that name beside its record, so that a folder can be moved, else the
 * path in the record.
 * @param record path of the record's file
 * @throws TenasError OPTION_INVALID where neither is there
 */
export function trainedWeights(record: string, { weights }: TrainingRecord): string {
  const beside = join(dirname(record), basename(weights));
  const found = [beside, weights].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new TenasError(
    'OPTION_INVALID',
    `--weights: ${beside}, which ${record} tells of, is not there; give its safetensors file`,
    { field: '--weights', value: beside },
  );
}
