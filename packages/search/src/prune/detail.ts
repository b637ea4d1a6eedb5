import type { Domain, PruneDetail } from '@tenas/records';
import type { Protocol } from './protocols/table.js';
import type { PruningSettings } from './settings.js';

/** The `detail` in the record of a pruning search before the first round. */
export function detailAtStart(about: {
  readonly protocol: Protocol;
  readonly settings: PruningSettings;
  readonly active: Domain;
}): PruneDetail {
  const { protocol, settings, active } = about;
  return {
    protocol,
    changes: { ntk: settings.kappaChange.kind, regions: settings.regionChange.kind },
    active,
    rounds: [],
    finals: null,
    unfinishedRound: null,
  };
}
