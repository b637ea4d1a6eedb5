import { type DartsArchitecture, type DartsCell, dartsArchitecture, formatCell } from '../darts/genotype.js';
import { knownDartsGenotype } from '../darts/known-genotypes.js';
import { parseNormalCell, refuseWord } from '../darts/read-genotype.js';
import { checkLength } from '../literal.js';
import { ownArchitecture } from '../own-architecture.js';

/** An architecture of the space: the cell that keeps the resolution. The one that halves it is the same everywhere. */
export interface DartsFrcArchitecture {
  readonly space: 'darts-frc';
  readonly normal: DartsCell;
}

const NAME = 'darts-frc';

/** The architecture itself. @throws TenasError `ARCHITECTURE_INVALID` if it belongs to another space or is none. */
export function ownDartsFrc(architecture: DartsFrcArchitecture): DartsFrcArchitecture {
  return ownArchitecture(NAME, architecture);
}

/** Checks an architecture built by hand. @throws TenasError `ARCHITECTURE_INVALID` naming the place. */
export function dartsFrcArchitecture({ normal }: Pick<DartsFrcArchitecture, 'normal'>): DartsFrcArchitecture {
  return { space: NAME, normal: dartsArchitecture({ normal, reduce: null }).normal };
}

/** The same as both cells of a DARTS architecture, of which the one that reduces is fixed. */
export function bothCells({ normal }: DartsFrcArchitecture): DartsArchitecture {
  return { space: 'darts', normal, reduce: null };
}

/** Published genotypes with the fixed reduction cell, by names that can stand for their text. */
export const KNOWN_DARTS_FRC_GENOTYPES: readonly string[] = ['GDAS_F1'];

/**
 * Reads a genotype: `Genotype(normal=[('skip_connect', 0), ...], normal_concat=[2, 3, 4, 5])`, also with `reduce=None`, as
 * JSON, or a known name.
 *
 * @throws GenotypeSyntaxError
 */
export function parseDartsFrc(text: string): DartsFrcArchitecture {
  checkLength(text, 'DARTS genotype');
  const known = knownDartsGenotype(text);
  if (known !== undefined && known.reduce === null) return { space: NAME, normal: known.normal };
  refuseWord(text, KNOWN_DARTS_FRC_GENOTYPES, 'Genotype(normal=[...], normal_concat=[...])');
  return { space: NAME, normal: parseNormalCell(text) };
}

/** The text that {@link parseDartsFrc} reads. */
export function formatDartsFrc({ normal }: DartsFrcArchitecture): string {
  return `Genotype(${formatCell('normal', normal)})`;
}
