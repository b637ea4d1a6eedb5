import { findName } from '../known-name.js';
import type { DartsArchitecture } from './genotype.js';
import { parseDarts } from './read-genotype.js';

/** A published genotype with where its text was published. */
interface KnownGenotype {
  readonly source: string;
  readonly text: string;
}

const DARTS_SOURCE = 'Liu et al. 2019, github.com/quark0/darts, cnn/genotypes.py';
const PC_DARTS_SOURCE = 'Xu et al. 2020, github.com/yuhuixu1993/PC-DARTS, genotypes.py';
const P_DARTS_SOURCE = 'Chen et al. 2019, github.com/chenxin061/pdarts, genotypes.py';
const GDAS_SOURCE = 'Dong and Yang 2019, github.com/D-X-Y/AutoDL-Projects, nas_infer_model/DXYs/genotypes.py';
const GDAS_FRC_SOURCE = 'Dong and Yang 2019, github.com/D-X-Y/GDAS, lib/nas/genotypes.py';
const SNAS_SOURCE =
  'Xie et al. 2019, arXiv 1812.09926, as in github.com/xiaomi-automl/FairDARTS, genotypes.py';
const TE_NAS_SOURCE = 'Chen et al. 2021, github.com/chenwydj/DARTS_evaluation, genotypes.py';

/** Published genotypes by the names that their authors gave them. */
const GENOTYPES: Readonly<Record<string, KnownGenotype>> = {
  DARTS_V1: {
    source: DARTS_SOURCE,
    text: `Genotype(
      normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1),
              ('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)],
      normal_concat=[2, 3, 4, 5],
      reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0),
              ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)],
      reduce_concat=[2, 3, 4, 5])`,
  },
  DARTS_V2: {
    source: DARTS_SOURCE,
    text: `Genotype(
      normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
              ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],
      normal_concat=[2, 3, 4, 5],
      reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
              ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
      reduce_concat=[2, 3, 4, 5])`,
  },
  PC_DARTS_cifar: {
    source: PC_DARTS_SOURCE,
    text: `Genotype(
      normal=[('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 0), ('dil_conv_3x3', 1),
              ('sep_conv_5x5', 0), ('sep_conv_3x3', 1), ('avg_pool_3x3', 0), ('dil_conv_3x3', 1)],
      normal_concat=range(2, 6),
      reduce=[('sep_conv_5x5', 1), ('max_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_5x5', 2),
              ('sep_conv_3x3', 0), ('sep_conv_3x3', 3), ('sep_conv_3x3', 1), ('sep_conv_3x3', 2)],
      reduce_concat=range(2, 6))`,
  },
  PC_DARTS_image: {
    source: PC_DARTS_SOURCE,
    text: `Genotype(
      normal=[('skip_connect', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 0), ('skip_connect', 1),
              ('sep_conv_3x3', 1), ('sep_conv_3x3', 3), ('sep_conv_3x3', 1), ('dil_conv_5x5', 4)],
      normal_concat=range(2, 6),
      reduce=[('sep_conv_3x3', 0), ('skip_connect', 1), ('dil_conv_5x5', 2), ('max_pool_3x3', 1),
              ('sep_conv_3x3', 2), ('sep_conv_3x3', 1), ('sep_conv_5x5', 0), ('sep_conv_3x3', 3)],
      reduce_concat=range(2, 6))`,
  },
  PDARTS: {
    source: P_DARTS_SOURCE,
    text: `Genotype(
      normal=[('skip_connect', 0), ('dil_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1),
              ('sep_conv_3x3', 1), ('sep_conv_3x3', 3), ('sep_conv_3x3', 0), ('dil_conv_5x5', 4)],
      normal_concat=range(2, 6),
      reduce=[('avg_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_3x3', 0), ('dil_conv_5x5', 2),
              ('max_pool_3x3', 0), ('dil_conv_3x3', 1), ('dil_conv_3x3', 1), ('dil_conv_5x5', 3)],
      reduce_concat=range(2, 6))`,
  },
  SNAS: {
    source: SNAS_SOURCE,
    text: `Genotype(
      normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('dil_conv_3x3', 1),
              ('skip_connect', 1), ('skip_connect', 0), ('skip_connect', 0), ('sep_conv_3x3', 1)],
      normal_concat=range(2, 6),
      reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('max_pool_3x3', 1), ('skip_connect', 2),
              ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('dil_conv_5x5', 2)],
      reduce_concat=range(2, 6))`,
  },
  GDAS_V1: {
    source: GDAS_SOURCE,
    text: `Genotype(
      normal=[(('skip_connect', 0), ('skip_connect', 1)), (('skip_connect', 0), ('sep_conv_5x5', 2)),
              (('sep_conv_3x3', 3), ('skip_connect', 0)), (('sep_conv_5x5', 4), ('sep_conv_3x3', 3))],
      normal_concat=[2, 3, 4, 5],
      reduce=[(('sep_conv_5x5', 0), ('sep_conv_3x3', 1)), (('sep_conv_5x5', 2), ('sep_conv_5x5', 1)),
              (('dil_conv_5x5', 2), ('sep_conv_3x3', 1)), (('sep_conv_5x5', 0), ('sep_conv_5x5', 1))],
      reduce_concat=[2, 3, 4, 5], connectN=None, connects=None)`,
  },
  GDAS_F1: {
    source: GDAS_FRC_SOURCE,
    text: `Genotype(
      normal=[('skip_connect', 0, 0.16), ('skip_connect', 1, 0.13), ('skip_connect', 0, 0.17), ('sep_conv_3x3', 2, 0.15),
              ('skip_connect', 0, 0.17), ('sep_conv_3x3', 2, 0.15), ('skip_connect', 0, 0.16), ('sep_conv_3x3', 2, 0.15)],
      normal_concat=[2, 3, 4, 5],
      reduce=None,
      reduce_concat=[2, 3, 4, 5])`,
  },
  TENAS_cifar10: {
    source: TE_NAS_SOURCE,
    text: `Genotype(
      normal=[('dil_conv_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 2),
              ('skip_connect', 0), ('dil_conv_5x5', 1), ('sep_conv_3x3', 1), ('sep_conv_5x5', 3)],
      normal_concat=[2, 3, 4, 5],
      reduce=[('sep_conv_5x5', 0), ('sep_conv_5x5', 1), ('sep_conv_5x5', 1), ('sep_conv_5x5', 2),
              ('sep_conv_3x3', 1), ('sep_conv_3x3', 3), ('sep_conv_5x5', 2), ('sep_conv_3x3', 4)],
      reduce_concat=[2, 3, 4, 5])`,
  },
  TENAS_imagenet: {
    source: TE_NAS_SOURCE,
    text: `Genotype(
      normal=[('sep_conv_3x3', 0), ('skip_connect', 1), ('dil_conv_5x5', 1), ('sep_conv_3x3', 2),
              ('sep_conv_3x3', 0), ('dil_conv_5x5', 3), ('sep_conv_3x3', 0), ('dil_conv_3x3', 4)],
      normal_concat=[2, 3, 4, 5],
      reduce=[('dil_conv_3x3', 0), ('sep_conv_5x5', 1), ('dil_conv_3x3', 0), ('sep_conv_3x3', 2),
              ('sep_conv_3x3', 0), ('dil_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_5x5', 4)],
      reduce_concat=[2, 3, 4, 5])`,
  },
};

/** Names of the published genotypes that can stand for their text. */
export const KNOWN_DARTS_GENOTYPES: readonly string[] = Object.keys(GENOTYPES);

/** Names that the authors' own code gives to a genotype besides its main one. */
const ALIASES: Readonly<Record<string, string>> = {
  DARTS: 'DARTS_V2',
  PCDARTS: 'PC_DARTS_cifar',
  GDAS: 'GDAS_V1',
  GDAS_FRC: 'GDAS_F1',
};

/** The main name of a published genotype, or undefined if there is none of that name. */
function mainName(name: string): string | undefined {
  const alias = findName(Object.keys(ALIASES), name);
  return alias === undefined ? findName(KNOWN_DARTS_GENOTYPES, name) : ALIASES[alias];
}

/** The published genotype of that name (`PC-DARTS` and `DARTS` work too), or undefined if there is none. */
export function knownDartsGenotype(name: string): DartsArchitecture | undefined {
  const found = mainName(name);
  return found === undefined ? undefined : parseDarts(GENOTYPES[found]!.text);
}

/** Where a published genotype was published, or undefined if there is none of that name. */
export function knownDartsSource(name: string): string | undefined {
  const found = mainName(name);
  return found === undefined ? undefined : GENOTYPES[found]!.source;
}
