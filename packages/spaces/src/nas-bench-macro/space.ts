import { type ChosenArchitecture, defineSpace } from '../define-space.js';
import { type Choices, checkDomain } from '../domain.js';
import type { Enumeration, Isomorphism, Space } from '../space.js';
import { NAS_BENCH_MACRO_RECIPE } from '../training-recipe.js';
import {
  NAS_BENCH_MACRO_DECISIONS,
  NAS_BENCH_MACRO_STAGES,
  nasBenchMacroLayers,
  nasBenchMacroNetwork,
} from './network.js';
import { NAS_BENCH_MACRO_SIZES, type NasBenchMacroSize } from './size.js';

/** The space with what it can do. */
export interface NasBenchMacroSpace extends Space<ChosenArchitecture, NasBenchMacroSize> {
  readonly enumeration: Enumeration<ChosenArchitecture>;
  readonly isomorphism: Isomorphism<ChosenArchitecture>;
}

const chosen = defineSpace<NasBenchMacroSize>({
  name: 'nas-bench-macro',
  title: 'NAS-Bench-Macro',
  paper: 'Su, Huang, Li, You, Wang, Qian, Zhang and Xu, CVPR 2021, arXiv 2103.11922',
  recipe: NAS_BENCH_MACRO_RECIPE,
  decisions: NAS_BENCH_MACRO_DECISIONS,
  separator: '',
  example: '02012100',
  sizes: NAS_BENCH_MACRO_SIZES,
  network: nasBenchMacroNetwork,
});

/** Identities do nothing but where a stage begins: the others go to its end, as the benchmark's files have it. */
function moveIdentities(choices: Choices): Choices {
  const digits = NAS_BENCH_MACRO_DECISIONS.map(({ name }) => choices[name]!);
  let first = 0;
  const moved = NAS_BENCH_MACRO_STAGES.flatMap((layers) => {
    const [begins, ...rest] = digits.slice(first, first + layers);
    first += layers;
    const blocks = rest.filter((digit) => digit !== '0');
    return [begins!, ...blocks, ...rest.filter((digit) => digit === '0')];
  });
  return Object.fromEntries(NAS_BENCH_MACRO_DECISIONS.map(({ name }, layer) => [name, moved[layer]!]));
}

const representative = (architecture: ChosenArchitecture) =>
  chosen.fromChoices(moveIdentities(chosen.choicesOf(architecture)));

/** NAS-Bench-Macro (CVPR 2021): the operations of eight layers; text of eight digits, e.g. `02012100`. */
export const nasBenchMacro: NasBenchMacroSpace = {
  ...chosen,
  enumeration: chosen.enumeration!,
  layers: {
    network: (domain, size) => nasBenchMacroLayers(checkDomain(NAS_BENCH_MACRO_DECISIONS, domain), size),
  },
  isomorphism: { key: (architecture) => chosen.format(representative(architecture)), representative },
};
