import { TenasError } from '@tenas/base';
import { type Choices, checkChoices, type Decision } from '../domain.js';
import { type SampleOptions, sampleStream } from '../enumerate.js';
import { type PnasArchitecture, pnasArchitecture } from './cell.js';
import { PNAS_BLOCKS, PNAS_CELL_INPUTS, PNAS_OPS } from './operations.js';

const BLOCKS = Array.from({ length: PNAS_BLOCKS }, (_, block) => block);

function statesOf(block: number): string[] {
  return Array.from({ length: block + PNAS_CELL_INPUTS }, (_, state) => String(state));
}

function namesOf(block: number) {
  return [1, 2].map((half) => ({
    input: `cell/${block}/input${half}`,
    op: `cell/${block}/op${half}`,
  }));
}

/** The decisions of the space: for each of five blocks two states and the operations on them. */
export const PNAS_DECISIONS: readonly Decision[] = BLOCKS.flatMap((block) =>
  namesOf(block).flatMap(({ input, op }) => [
    { name: input, choices: statesOf(block), group: 'cell' },
    { name: op, choices: PNAS_OPS, group: 'cell' },
  ]),
);

/**
 * The choices that make an architecture.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` if it has fewer than five blocks: it can be written, trained and grown, but
 * the space has no choice for it.
 */
export function pnasChoices({ blocks }: PnasArchitecture): Choices {
  if (blocks.length < PNAS_BLOCKS) {
    throw new TenasError(
      'ARCHITECTURE_INVALID',
      `blocks: a cell of ${blocks.length} is not whole; ${PNAS_BLOCKS} can be chosen`,
      { field: 'blocks', value: blocks.length },
    );
  }
  return Object.fromEntries(
    blocks.flatMap((halves, block) =>
      namesOf(block).flatMap(({ input, op }, half) => [
        [input, String(halves[half]!.state)],
        [op, halves[half]!.op],
      ]),
    ),
  );
}

/** The architecture of one choice for each decision. @throws TenasError `CHOICES_INVALID` naming the decision. */
export function pnasFromChoices(given: Choices): PnasArchitecture {
  const choices = checkChoices(PNAS_DECISIONS, given);
  return pnasArchitecture(
    BLOCKS.map((block) =>
      namesOf(block).map(({ input, op }) => ({ op: choices[op]!, state: Number(choices[input]!) })),
    ),
  );
}

/**
 * Random cells of five blocks, reproducible by seed: every state and every operation drawn uniformly. The space is large
 * enough to ignore repetitions.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count`, and `SEED_INVALID` unless `seed` is an integer of at least 0
 */
export function samplePnas(options: SampleOptions): PnasArchitecture[] {
  const random = sampleStream('pnas', options);
  return Array.from({ length: options.count }, () =>
    pnasArchitecture(
      BLOCKS.map((block) =>
        [0, 1].map(() => ({ state: random.below(block + PNAS_CELL_INPUTS), op: random.pick(PNAS_OPS) })),
      ),
    ),
  );
}
