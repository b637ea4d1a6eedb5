import { DEFAULT_OBJECTIVE } from '@tenas/metrics/definitions';
import type { Strategy } from '../strategy.js';
import {
  completeHurricane,
  type GivenHurricaneSettings,
  HURRICANE_PRESETS,
  hurricaneSettings,
  requireLatency,
} from './settings.js';

/**
 * HURRICANE: the best operators of each layer by capacity against latency, then the layers in two stages, the late ones
 * first. In each stage a supernet is trained on single paths, and an evolution looks for the most accurate network
 * within a bound. Resumed, the search begins again: same seed, same bits.
 */
export const hurricane: Strategy<GivenHurricaneSettings> = {
  name: 'hurricane',
  title:
    'operators chosen per layer by capacity and latency, then evolution within a bound, late layers first',
  paper: 'Zhang, Yang, Jiang, Zhu and Liu, CVPR Workshops 2020, arXiv 1910.11609',
  needs: ['layers', 'labels'],
  metrics: [DEFAULT_OBJECTIVE],
  presets: HURRICANE_PRESETS,
  settings: hurricaneSettings,
  complete(given, { latency }) {
    const settings = completeHurricane(given);
    requireLatency(settings, { latency });
    return { settings };
  },
  usesLatency: ({ budget }) => budget === 'latency',
  async run(ask, given) {
    // Help needs no more than the settings.
    const { searchHurricane } = await import('./search.js');
    return await searchHurricane(ask, completeHurricane(given));
  },
};
