import { dartsCode, dartsFrcCode } from './darts.js';
import { nasBench101Code } from './nas-bench-101.js';
import { nasBench201Code } from './nas-bench-201.js';
import { natsSizeCode } from './nats-size.js';
import type { ReadableSpace } from './readable-network.js';

/** Spaces whose networks have readable classes, by name. */
export const READABLE_SPACES: ReadonlyMap<string, ReadableSpace> = new Map([
  ['nas-bench-101', nasBench101Code],
  ['nas-bench-201', nasBench201Code],
  ['nats-size', natsSizeCode],
  ['darts', dartsCode],
  ['darts-frc', dartsFrcCode],
]);
