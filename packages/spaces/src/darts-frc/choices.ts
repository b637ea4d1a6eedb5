import { cellChoices, cellDecisions, chosenCell } from '../darts/choices.js';
import { sampleCell } from '../darts/sample.js';
import { type Choices, checkChoices, type Decision } from '../domain.js';
import { sampleStream } from '../enumerate.js';
import type { DartsFrcArchitecture } from './architecture.js';

/** The decisions of the space: those of the normal cell of DARTS. */
export const DARTS_FRC_DECISIONS: readonly Decision[] = cellDecisions('normal');

/** The choices that make an architecture. @throws TenasError `ARCHITECTURE_INVALID` if the cell cannot be chosen. */
export function dartsFrcChoices({ normal }: DartsFrcArchitecture): Choices {
  return cellChoices('normal', normal);
}

/** The architecture of one choice for each decision. @throws TenasError `CHOICES_INVALID` naming the decision. */
export function dartsFrcFromChoices(choices: Choices): DartsFrcArchitecture {
  return { space: 'darts-frc', normal: chosenCell('normal', checkChoices(DARTS_FRC_DECISIONS, choices)) };
}

/**
 * Random architectures, reproducible by seed; a cell is drawn as the cells of DARTS.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count`, and `SEED_INVALID` unless `seed` is an integer of at least
 *   0.
 */
export function sampleDartsFrc(options: { count: number; seed: number }): DartsFrcArchitecture[] {
  const random = sampleStream('darts-frc', options);
  return Array.from({ length: options.count }, () => ({ space: 'darts-frc', normal: sampleCell(random) }));
}
