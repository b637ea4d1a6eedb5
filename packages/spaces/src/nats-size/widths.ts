import { TenasError } from '@tenas/base';
import { formatChoices, parseChoices } from '../choices-text.js';
import type { Choices, Decision } from '../domain.js';
import { enumerateChoices, type SampleOptions, sampleIndices } from '../enumerate.js';
import { namedIndex } from '../named-index.js';

/** Numbers of channels that a layer can have. */
export const NATS_SIZE_WIDTHS = [8, 16, 24, 32, 40, 48, 56, 64] as const;

/** One of the eight widths of the size space of NATS-Bench (Dong et al., TPAMI 2021, arXiv 2009.00437). */
export type NatsSizeWidth = (typeof NATS_SIZE_WIDTHS)[number];

/** An architecture of the size space: the channels of the five layers. The first are those of the stem as well. */
export interface NatsSizeArchitecture {
  readonly space: 'nats-size';
  readonly widths: readonly [NatsSizeWidth, NatsSizeWidth, NatsSizeWidth, NatsSizeWidth, NatsSizeWidth];
}

/** The decisions of the space: the width of each layer, `stage0` to `stage4`. */
export const NATS_SIZE_DECISIONS: readonly Decision[] = Array.from({ length: 5 }, (_, stage) => ({
  name: `stage${stage}`,
  choices: NATS_SIZE_WIDTHS.map(String),
}));

const TEXT = { title: 'NATS-Bench size', decisions: NATS_SIZE_DECISIONS, separator: ':' };

const choices = enumerateChoices(NATS_SIZE_DECISIONS);

/** Number of architectures of the space: 8 widths for 5 layers, 32,768. */
export const NATS_SIZE_COUNT = choices.size;

/**
 * An architecture from its widths, in the order of the layers.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` unless there are five of {@link NATS_SIZE_WIDTHS}
 */
export function natsSizeArchitecture(widths: readonly number[]): NatsSizeArchitecture {
  const known = widths.map((width) => NATS_SIZE_WIDTHS.find((one) => one === width));
  const [a, b, c, d, e] = known;
  if (known.length === 5 && a && b && c && d && e) return { space: 'nats-size', widths: [a, b, c, d, e] };
  throw new TenasError(
    'ARCHITECTURE_INVALID',
    `widths must be five of ${NATS_SIZE_WIDTHS.join(', ')}, got ${JSON.stringify(widths)}`,
    { field: 'widths', value: widths },
  );
}

/** The widths as choices, `{stage0: '64', ...}`. */
export function natsSizeChoices({ widths }: NatsSizeArchitecture): Choices {
  return Object.fromEntries(NATS_SIZE_DECISIONS.map(({ name }, stage) => [name, String(widths[stage])]));
}

/** The architecture of checked choices; the inverse of {@link natsSizeChoices}. */
export function natsSizeFromChoices(made: Choices): NatsSizeArchitecture {
  return natsSizeArchitecture(NATS_SIZE_DECISIONS.map(({ name }) => Number(made[name])));
}

/** The benchmark's own text: widths between colons, e.g. `64:32:8:48:56`. */
export function formatNatsSize({ widths }: NatsSizeArchitecture): string {
  return formatChoices(natsSizeChoices({ space: 'nats-size', widths }), TEXT);
}

/**
 * Reads {@link formatNatsSize}, or the benchmark's index as `index:12` (see {@link natsSizeAt}).
 * @throws GenotypeSyntaxError (code `GENOTYPE_SYNTAX`) at the width that is wrong; TenasError `INDEX_OUT_OF_RANGE`
 */
export function parseNatsSize(text: string): NatsSizeArchitecture {
  const index = namedIndex(text);
  return index === null ? natsSizeFromChoices(parseChoices(text, TEXT)) : natsSizeAt(index);
}

/**
 * The architecture with an index from 0 to 32,767, in the benchmark's own order: the widths are the digits of a number
 * in base 8, the first layer's the most significant, so 0 is `8:8:8:8:8` and 1 is `8:8:8:8:16`.
 *
 * @throws TenasError `INDEX_OUT_OF_RANGE`
 */
export function natsSizeAt(index: number): NatsSizeArchitecture {
  return natsSizeFromChoices(choices.at(index));
}

/** The inverse of {@link natsSizeAt}. */
export function natsSizeIndex(architecture: NatsSizeArchitecture): number {
  return choices.indexOf(natsSizeChoices(architecture));
}

/**
 * Distinct architectures drawn uniformly without replacement, reproducible by seed.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count` is an integer from 0 to 32,768; `SEED_INVALID`
 */
export function sampleNatsSize(options: SampleOptions): NatsSizeArchitecture[] {
  return sampleIndices('nats-size', NATS_SIZE_COUNT, options).map(natsSizeAt);
}
