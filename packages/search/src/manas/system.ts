import type { Ask } from '../ask.js';
import type { Found } from '../strategy.js';
import type { AgentsOf } from './agents.js';
import type { ManasSettings } from './settings.js';

/** Searches by agents, by trained weights or by metrics as the settings say. */
export async function searchByAgents(ask: Ask, settings: ManasSettings, agents: AgentsOf): Promise<Found> {
  if (settings.loss === 'metrics') {
    const { searchByMetrics } = await import('./by-metrics.js');
    return await searchByMetrics(ask, settings, agents);
  }
  const { searchByTraining } = await import('./by-training.js');
  return await searchByTraining(ask, settings, agents);
}
