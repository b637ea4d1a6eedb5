import { FINALS } from '../settings.js';
import { type ProtocolTable, publishedNetworks } from './table.js';

/** NAS-Bench-201: the networks of the published code (VITA-Group/TENAS, commit 9df78ff). `fast` ends in finals. */
export const nasBench201: ProtocolTable = {
  networks: publishedNetworks({
    ntk: { C: 3, N: 1, depth: -1, useStem: true },
    regions: { C: 1, N: 1, depth: 1, useStem: false },
  }),
  // What the finals measure was chosen on this space: no other has them.
  settings: (protocol, general) => (protocol === 'fast' ? { ...general, finals: FINALS } : general),
};
