import { z } from 'zod';

/** Names of the presets that every system has which trains. */
export const PRESETS = ['quick', 'published'] as const;

/** A preset: `quick` takes minutes on two cores, `published` has the numbers of the paper or of its code. */
export type PresetName = (typeof PRESETS)[number];

/** What a preset is, for people. */
export interface PresetInfo {
  /** One line: size of the network, images, epochs. */
  readonly what: string;
  /** What it costs here: `3 min on two cores`. */
  readonly cost: string;
}

/** The ending of the description of a setting whose default depends on the preset. */
export const BY_PRESET = '; default by preset';

/**
 * The setting `preset`. All other settings of a system that depend on it are optional, their descriptions end in
 * {@link BY_PRESET}, and {@link fillFromPreset} fills them in.
 */
export const presetField = z
  .enum(PRESETS)
  .default('quick')
  .describe('quick: minutes on two cores; published: the numbers of the paper or of its code, for days');

/** The members of `D`, each also absent, as zod gives optional fields. */
type Given<D> = { readonly [K in keyof D]?: D[K] | undefined };

/**
 * The settings with what the preset says of those that were not given. Completed settings stay as they are.
 *
 * @param given settings of a strategy, read by its schema
 * @param presets by preset: a value for every setting that has none otherwise
 */
export function fillFromPreset<G extends { readonly preset: PresetName }, D extends object>(
  given: G & Given<D>,
  presets: Readonly<Record<PresetName, D>>,
): Omit<G, keyof D> & D {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...given, ...presets[given.preset], ...said };
}
