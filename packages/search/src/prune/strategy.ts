import { settingError } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import { macs, ntk, params, regions, zen } from '@tenas/metrics/definitions';
import type { PRUNING } from '@tenas/records';
import { requireSupernet, type Space } from '@tenas/spaces/definitions';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Strategy } from '../strategy.js';
import { checkStart } from './check-start.js';
import { detailAtStart } from './detail.js';
import type { EngineEvaluatorOptions } from './engine-evaluator.js';
import type { SupernetEvaluator } from './evaluator.js';
import { type PruneSettings, pruneSettings, withOverrides } from './overrides.js';
import { protocolSettings } from './protocols/protocols.js';
import type { PruningSettings } from './settings.js';

/** As records name it. Only the type comes from there: this file loads what help needs, and the run when there is one. */
const NAME: typeof PRUNING = 'prune';

/** The settings of a search, complete: those of the protocol for the space and the dataset, and what differs from them. */
function completed(
  { protocol, active: _active, shortlist: _shortlist, stages: _stages, ...overrides }: PruneSettings,
  space: Space,
  source: ImageSource,
): PruningSettings {
  const settings = withOverrides(protocolSettings(protocol, space.name, source.name), overrides);
  if (settings.finals !== null && space.supernet?.edgePruning) {
    throw settingError('settings.finals', settings.finals, `null: edges of ${space.name} are pruned too`);
  }
  return settings;
}

/**
 * The pruning search with any evaluator in place of the native engine, for tests and experiments.
 *
 * @param open an evaluator for a search; it is disposed of after it
 */
export function pruning(
  open: (options: EngineEvaluatorOptions) => SupernetEvaluator | Promise<SupernetEvaluator>,
): Strategy<PruneSettings> {
  return {
    name: NAME,
    title: 'prune a supernet by condition number and linear regions (TE-NAS)',
    paper: 'Chen, Gong and Wang, ICLR 2021, arXiv 2102.11535',
    needs: ['supernet'],
    metrics: [ntk.name, regions.name, params.name, macs.name],
    ranksBy: [ntk.name, regions.name],
    settings: pruneSettings,
    flags: {
      protocol: 'protocol',
      repeats: 'repeats',
      'ntk-batch': 'ntk.batchSize',
      'ntk-mode': 'ntk.mode',
      'region-batches': 'regions.batches',
      'region-batch': 'regions.batchSize',
      finals: 'finals.architectures',
    },
    complete(given, { space, source }) {
      const settings = completed(given, space, source);
      const { weights: _ntk, ...ntkSettings } = settings.ntk;
      const { weights: _regions, ...regionSettings } = settings.regions;
      const { shortlist, stages } = given;
      return {
        settings: {
          ...settings,
          ...(shortlist === undefined ? {} : { shortlist }),
          ...(stages === undefined ? {} : { stages }),
        },
        label: given.protocol,
        metrics: [
          { metric: ntk, settings: ntkSettings },
          { metric: regions, settings: regionSettings },
          ...(settings.finals?.zen === undefined ? [] : [{ metric: zen, settings: settings.finals.zen }]),
        ],
      };
    },
    async run(ask, given) {
      const { space, source, seed, engine } = ask;
      const settings = completed(given, space, source);
      const supernet = requireSupernet(space, 'the pruning search');
      const shortlist = new Shortlist(ask, given, { repeats: 0 });
      const active = checkStart(supernet, given.active ?? supernet.full());
      const { protocol } = given;
      // Before the run is loaded: a search that is stopped by then still has a record.
      ask.describe(() => detailAtStart({ protocol, settings, active }));
      const { PruningRun } = await import('./pruning-run.js');
      using evaluator = await open({ space, source, settings, seed, ...engine });
      return await new PruningRun({
        ask,
        supernet,
        protocol,
        settings,
        active,
        evaluator,
        shortlist,
      }).search();
    },
  };
}

/**
 * The pruning search of TE-NAS (Chen, Gong, Wang, ICLR 2021, arXiv 2102.11535, algorithm 1): starts with all operations
 * on all edges, and round by round removes from each edge the one without which the network has the better condition
 * number and loses the fewest linear regions, until one is left; in the DARTS space then all but two inputs of each node.
 * With a final ranking, as under `te-nas-finals` on NAS-Bench-201, pruning ends early and each remaining architecture is
 * scored; under `fast` there it does not begin.
 */
export const prune: Strategy<PruneSettings> = pruning(async (options) => {
  const { createEvaluator } = await import('./engine-evaluator.js');
  return createEvaluator(options);
});
