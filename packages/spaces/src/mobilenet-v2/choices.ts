import { TenasError } from '@tenas/base';
import { type Choices, checkChoices, type Decision } from '../domain.js';
import {
  MOBILENET_V2_CHANNEL_STEP,
  MOBILENET_V2_EXPANSIONS,
  MOBILENET_V2_KERNELS,
  type MobileNetV2Architecture,
  type MobileNetV2Block,
} from './architecture.js';

/** Stages that halve the image after the stem. Each has a block, and may have one more at the same resolution. */
export const MOBILENET_V2_STAGES = 4;
/** Blocks of more layers are two blocks. */
export const MOBILENET_V2_BLOCK_LAYERS = 5;
/** Most channels that may be chosen. */
export const MOBILENET_V2_CHOSEN_CHANNELS = 512;

const range = (from: number, to: number, step = 1): string[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, place) => String(from + place * step));

const CHANNELS = range(MOBILENET_V2_CHANNEL_STEP, MOBILENET_V2_CHOSEN_CHANNELS, MOBILENET_V2_CHANNEL_STEP);

/** Where a block may stand. */
const PLACES = Array.from({ length: MOBILENET_V2_STAGES }, (_, stage) => stage).flatMap((stage) => [
  { stage, name: `stage${stage}`, optional: false },
  { stage, name: `stage${stage}/more`, optional: true },
]);

/** The decisions: channels of the stem, and five things for each of eight blocks; one of no layers is not there. */
export const MOBILENET_V2_DECISIONS: readonly Decision[] = [
  { name: 'stem/channels', choices: CHANNELS },
  ...PLACES.flatMap(({ name, optional }) => [
    { name: `${name}/layers`, choices: range(optional ? 0 : 1, MOBILENET_V2_BLOCK_LAYERS) },
    { name: `${name}/kernel`, choices: MOBILENET_V2_KERNELS.map(String) },
    { name: `${name}/expansion`, choices: MOBILENET_V2_EXPANSIONS.map(String) },
    { name: `${name}/bottleneck`, choices: CHANNELS },
    { name: `${name}/channels`, choices: CHANNELS },
  ]),
];

/** The architecture of some choices, whatever the budget. @throws TenasError `CHOICES_INVALID` naming the decision. */
export function mobileNetV2FromChoices(given: Choices): Omit<MobileNetV2Architecture, 'space'> {
  const choices = checkChoices(MOBILENET_V2_DECISIONS, given);
  const chosen = (name: string) => Number(choices[name]);
  const blocks = PLACES.map(({ name, optional }) => ({
    kernel: chosen(`${name}/kernel`),
    expansion: chosen(`${name}/expansion`),
    bottleneck: chosen(`${name}/bottleneck`),
    channels: chosen(`${name}/channels`),
    layers: chosen(`${name}/layers`),
    stride: optional ? 1 : 2,
  }));
  return { stem: chosen('stem/channels'), blocks: blocks.filter(({ layers }) => layers > 0) };
}

/**
 * The choices that make an architecture. A block that is not there is chosen like the one before, so that a mutation of
 * its layers adds one that fits.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` where its blocks cannot be chosen
 */
export function mobileNetV2Choices({ stem, blocks }: MobileNetV2Architecture): Choices {
  const byPlace = blocksByPlace(blocks);
  const entries = PLACES.flatMap(({ name }, place) => {
    const own = byPlace[place];
    const { kernel, expansion, bottleneck, channels } = own ?? byPlace[place - 1]!;
    return Object.entries({ layers: own?.layers ?? 0, kernel, expansion, bottleneck, channels }).map(
      ([what, value]) => [`${name}/${what}`, String(value)] as const,
    );
  });
  const choices = Object.fromEntries([['stem/channels', String(stem)], ...entries]);
  for (const { name, choices: known } of MOBILENET_V2_DECISIONS) {
    if (!known.includes(choices[name]!))
      refuse(`${name} is ${choices[name]}, not ${known[0]} to ${known.at(-1)}`);
  }
  return choices;
}

/** The block at each place, undefined where there is none. */
function blocksByPlace(blocks: readonly MobileNetV2Block[]): (MobileNetV2Block | undefined)[] {
  const rest = [...blocks];
  const taken = (stride: number) => (rest[0]?.stride === stride ? rest.shift() : undefined);
  const byPlace = PLACES.map(({ optional, name }) => {
    const block = taken(optional ? 1 : 2);
    if (block === undefined && !optional) refuse(`${name} has no block at half the resolution`);
    return block;
  });
  if (rest.length > 0) refuse(`there are more blocks than ${MOBILENET_V2_STAGES} stages of two`);
  return byPlace;
}

function refuse(problem: string): never {
  throw new TenasError('ARCHITECTURE_INVALID', `the architecture can be read but not chosen: ${problem}`, {
    field: 'architecture',
  });
}
