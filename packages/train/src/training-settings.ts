import { createHash } from 'node:crypto';
import { describeValue, isRecord, TenasError } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import { type Graph, graphToJson } from '@tenas/graph';
import type { TrainingRecipe } from '@tenas/spaces';

/** Everything that the weights depend on, by name: a training goes on only with the same settings. */
export type TrainingSettings = Readonly<Record<string, string | number | boolean>>;

/** Names the settings of a training. @param about further ones, in front */
export function settingsOf(given: {
  readonly graph: Graph;
  readonly training: ImageSource;
  readonly recipe: TrainingRecipe;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly about: TrainingSettings;
}): TrainingSettings {
  const { graph, training, recipe, epochs, batchSize, seed, about } = given;
  const { paper: _, epochs: __, batchSize: ___, name, ...figures } = recipe;
  return {
    ...about,
    recipe: name,
    epochs,
    batchSize,
    seed,
    ...flat(figures),
    network: createHash('sha256').update(graphToJson(graph)).digest('hex').slice(0, 16),
    // Last: a part of a dataset is another one with another seed.
    images: training.fingerprint,
  };
}

function flat(object: object, prefix = ''): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]: [string, unknown]) => {
      const name = prefix === '' ? key : `${prefix}.${key}`;
      return isRecord(value)
        ? Object.entries(flat(value, name))
        : [[name, value as string | number | boolean]];
    }),
  );
}

/**
 * Refuses to go on with other settings.
 * @throws TenasError RESUME_MISMATCH naming the first one that differs, with both values
 */
export function requireSameSettings(before: TrainingSettings, now: TrainingSettings): void {
  // A setting that only one of them has explains what else differs.
  const gone = Object.keys(before).filter((name) => !(name in now));
  for (const name of [...gone, ...Object.keys(now)]) {
    const [was, is] = [before[name], now[name]];
    if (was === is) continue;
    throw new TenasError(
      'RESUME_MISMATCH',
      `${name} is ${describeValue(is)}; the checkpoint was made with ${describeValue(was)}: give the same, or start anew`,
      { field: name, value: is },
    );
  }
}
