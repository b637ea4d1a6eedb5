import { FAST_FINALS, FINALS } from '../settings.js';
import { type ProtocolTable, publishedNetworks } from './table.js';

/**
 * NAS-Bench-201: the networks of the published code (VITA-Group/TENAS, commit 9df78ff). `te-nas-finals` ends in a final
 * ranking, `fast` is one.
 */
export const nasBench201: ProtocolTable = {
  networks: publishedNetworks({
    ntk: { C: 3, N: 1, depth: -1, useStem: true },
    regions: { C: 1, N: 1, depth: 1, useStem: false },
  }),
  // The settings of the final rankings were chosen on this space: no other has one by default.
  settings: (protocol, general) => {
    switch (protocol) {
      case 'paper':
      case 'repo':
        return general;
      case 'te-nas-finals':
        return { ...general, finals: FINALS };
      case 'fast':
        return { ...general, finals: FAST_FINALS };
    }
  },
};
