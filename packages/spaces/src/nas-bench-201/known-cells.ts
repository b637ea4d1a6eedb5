import { findName } from '../known-name.js';

/**
 * Cells that GDAS found in its three searches on CIFAR-10 and in all three on ImageNet16-120, of the runs of NATS-Bench
 * (Dong, Liu, Musial and Gabrys, TPAMI 2021, arXiv 2009.00437).
 */
const CELLS: Readonly<Record<string, string>> = {
  GDAS_cifar10_1: '|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|nor_conv_1x1~0|nor_conv_3x3~1|nor_conv_3x3~2|',
  GDAS_cifar10_2: '|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|',
  GDAS_cifar10_3:
    '|avg_pool_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|nor_conv_3x3~0|nor_conv_1x1~1|nor_conv_1x1~2|',
  GDAS_imagenet16: '|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|',
};

/** Names that can stand for a cell's text. */
export const KNOWN_NAS_BENCH_201_CELLS: readonly string[] = Object.keys(CELLS);

/** The text of a known cell, or undefined if there is none of that name. Case, hyphens and underscores do not count. */
export function knownNasBench201Text(name: string): string | undefined {
  const found = findName(KNOWN_NAS_BENCH_201_CELLS, name);
  return found === undefined ? undefined : CELLS[found];
}
