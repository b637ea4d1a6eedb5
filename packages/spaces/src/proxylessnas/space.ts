import { knownChoices } from '../choices-text.js';
import { type ChosenArchitecture, defineSpace } from '../define-space.js';
import type { Space } from '../space.js';
import { PROXYLESSNAS_DECISIONS, proxylessNasNetwork } from './network.js';
import { PROXYLESSNAS_SIZES, type ProxylessNasSize } from './size.js';

/** The published networks, of the authors' configuration files. */
const KNOWN = {
  'ProxylessNAS-Mobile': knownChoices(`mobile
    5x5_MBConv3 3x3_MBConv3 Zero        Zero
    7x7_MBConv3 3x3_MBConv3 5x5_MBConv3 5x5_MBConv3
    7x7_MBConv6 5x5_MBConv3 5x5_MBConv3 5x5_MBConv3
    5x5_MBConv6 5x5_MBConv3 5x5_MBConv3 5x5_MBConv3
    7x7_MBConv6 7x7_MBConv6 7x7_MBConv3 7x7_MBConv3
    7x7_MBConv6`),
  'ProxylessNAS-Mobile-14': knownChoices(`mobile14
    5x5_MBConv3 3x3_MBConv3 Zero        Zero
    7x7_MBConv3 3x3_MBConv3 5x5_MBConv3 5x5_MBConv3
    7x7_MBConv6 5x5_MBConv3 5x5_MBConv3 5x5_MBConv3
    5x5_MBConv6 5x5_MBConv3 5x5_MBConv3 5x5_MBConv3
    7x7_MBConv6 7x7_MBConv6 7x7_MBConv3 7x7_MBConv3
    7x7_MBConv6`),
  'ProxylessNAS-CPU': knownChoices(`cpu
    3x3_MBConv6 3x3_MBConv3 3x3_MBConv3 3x3_MBConv3
    3x3_MBConv6 3x3_MBConv3 3x3_MBConv3 5x5_MBConv3
    3x3_MBConv6 Zero        Zero        3x3_MBConv3
    5x5_MBConv6 3x3_MBConv3 3x3_MBConv3 3x3_MBConv3
    5x5_MBConv6 5x5_MBConv3 5x5_MBConv3 3x3_MBConv3
    5x5_MBConv6`),
  'ProxylessNAS-GPU': knownChoices(`gpu
    5x5_MBConv3 Zero        Zero        Zero
    7x7_MBConv3 Zero        Zero        3x3_MBConv3
    7x7_MBConv6 Zero        Zero        5x5_MBConv3
    5x5_MBConv6 Zero        3x3_MBConv3 5x5_MBConv3
    7x7_MBConv6 7x7_MBConv6 7x7_MBConv6 5x5_MBConv6
    7x7_MBConv6`),
};

/** ProxylessNAS: a block or nothing for each of 21 layers, e.g. `mobile:5x5_MBConv3:3x3_MBConv3:Zero:...`. */
export const proxylessNas: Space<ChosenArchitecture, ProxylessNasSize> = defineSpace<ProxylessNasSize>({
  name: 'proxylessnas',
  title: 'ProxylessNAS',
  paper: 'Cai, Zhu and Han, ICLR 2019, arXiv 1812.00332',
  decisions: PROXYLESSNAS_DECISIONS,
  known: KNOWN,
  example: KNOWN['ProxylessNAS-Mobile'],
  sizes: PROXYLESSNAS_SIZES,
  network: proxylessNasNetwork,
});
