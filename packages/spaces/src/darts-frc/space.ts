import { graphCost } from '@tenas/graph';
import { cellOfBlocks, dartsLevels } from '../darts/levels.js';
import { dartsNetwork } from '../darts/network.js';
import { DARTS_SIZES, type DartsSize, type DartsSupernetSize } from '../darts/size.js';
import { darts } from '../darts/space.js';
import { dartsTrainingNetwork } from '../darts/training-network.js';
import type { Progressive } from '../progressive.js';
import type { Space, SpaceSupernet } from '../space.js';
import { DARTS_RECIPE } from '../training-recipe.js';
import {
  bothCells,
  type DartsFrcArchitecture,
  formatDartsFrc,
  KNOWN_DARTS_FRC_GENOTYPES,
  ownDartsFrc,
  parseDartsFrc,
} from './architecture.js';
import { DARTS_FRC_DECISIONS, dartsFrcChoices, dartsFrcFromChoices, sampleDartsFrc } from './choices.js';
import { dartsFrcSupernet } from './supernet.js';

/** The architecture as one of DARTS. */
const whole = (architecture: DartsFrcArchitecture) => bothCells(ownDartsFrc(architecture));

/** The space with what it can do. */
export interface DartsFrcSpace extends Space<DartsFrcArchitecture, DartsSize> {
  readonly supernet: SpaceSupernet<DartsFrcArchitecture, DartsSupernetSize>;
  readonly progressive: Progressive<DartsFrcArchitecture>;
}

/**
 * The space of GDAS with a fixed reduction cell (FRC; Dong and Yang, CVPR 2019): the normal cell of DARTS is searched, and
 * all cells that reduce are one of convolutions and maxima that nobody searches.
 */
export const dartsFrc: DartsFrcSpace = {
  name: 'darts-frc',
  title: 'DARTS with a fixed reduction cell',
  paper: 'Dong and Yang, CVPR 2019, arXiv 1910.04465',
  decisions: DARTS_FRC_DECISIONS,
  knownArchitectures: KNOWN_DARTS_FRC_GENOTYPES,
  example: formatDartsFrc(parseDartsFrc('GDAS_F1')),
  alsoReads: darts.name,
  recipe: DARTS_RECIPE,

  parse: parseDartsFrc,
  format: (architecture) => formatDartsFrc(ownDartsFrc(architecture)),
  choicesOf: (architecture) => dartsFrcChoices(ownDartsFrc(architecture)),
  fromChoices: dartsFrcFromChoices,

  sizes: DARTS_SIZES,
  network: (architecture, size) => dartsNetwork(whole(architecture), size),
  trainingNetwork: (architecture, size) => dartsTrainingNetwork(whole(architecture), size),
  costs: (size) => ({ of: (architecture) => graphCost(dartsNetwork(whole(architecture), size)) }),
  sample: sampleDartsFrc,
  drawing: (architecture) => darts.drawing!(whole(architecture)),
  skipSpans: (architecture) => darts.skipSpans!(whole(architecture)),

  supernet: dartsFrcSupernet,
  progressive: {
    ...dartsLevels,
    architecture: (blocks) => ({ space: 'darts-frc', normal: cellOfBlocks(blocks) }),
  },
};
