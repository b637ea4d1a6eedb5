import type { Space } from '@tenas/spaces';

const normal =
  "('none', 1), ('sep_conv_3x3', 0), ('skip_connect', 1), ('skip_connect', 1), ('dil_conv_3x3', 2), ('dil_conv_3x3', 2), ('max_pool_3x3', 4), ('avg_pool_3x3', 0)";
const zeros =
  "('none', 1), ('none', 0), ('sep_conv_5x5', 2), ('none', 2), ('max_pool_3x3', 2), ('dil_conv_5x5', 2)";
const mixed =
  "('none', 0), ('none', 0), ('skip_connect', 0), ('dil_conv_5x5', 0), ('sep_conv_3x3', 3), ('none', 1)";

/** Genotypes as some are published, which no search finds: zeros, a state read twice, parts of nodes, a fixed cell. */
const TEXTS = [
  `Genotype([${normal}], [5, 0, 3], [${mixed}, ('none', 2), ('max_pool_3x3', 1)], [2, 5, 4])`,
  `Genotype([${zeros}, ('avg_pool_3x3', 2), ('none', 0)], [2, 3, 4, 5], [${zeros}, ('none', 1), ('none', 4)], [2, 5])`,
  `Genotype([${mixed}, ('none', 4), ('skip_connect', 3)], [4, 5], None, [2, 3, 4, 5])`,
  'GDAS_F1',
];

/** Those of the texts that are architectures of a space. */
export function publishedGenotypes(space: Space): object[] {
  return TEXTS.flatMap((text) => {
    try {
      return [space.parse(text)];
    } catch {
      return [];
    }
  });
}
