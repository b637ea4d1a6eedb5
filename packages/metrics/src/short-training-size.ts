import type { ShortTraining } from './metric.js';

/** The size of the network that a short training trains. @param usual size of the space's network of that role */
export function shortTrainingSize(
  { channels, cells }: Pick<ShortTraining, 'channels' | 'cells'>,
  usual: object,
): object {
  return {
    ...usual,
    ...(channels === null ? {} : { C: channels }),
    ...(cells === null ? {} : { N: cells }),
  };
}
