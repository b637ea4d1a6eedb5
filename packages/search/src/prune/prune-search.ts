import { checkInteger, settingError } from '@tenas/base';
import { type Domain, requireSupernet } from '@tenas/spaces';
import type { SearchStrategy, StrategyOptions } from '../strategy.js';
import { checkStart } from './candidates.js';
import { createEvaluator } from './engine-evaluator.js';
import type { Evaluator } from './evaluator.js';
import type { SearchEvent } from './events.js';
import { protocolSettings } from './protocols/protocols.js';
import type { Protocol } from './protocols/table.js';
import { PruningRun } from './pruning-run.js';
import type { CompleteRecord } from './record.js';
import { overrideSettings, type SettingsOverrides } from './settings.js';

/** Options of {@link pruneSearch}. */
export interface PruneSearchOptions extends StrategyOptions<SearchEvent> {
  /** Default `fast`. */
  readonly protocol?: Protocol;
  /** Settings that differ from the protocol's. */
  readonly settings?: SettingsOverrides;
  /** Operations to start from; default: all but `none` on every edge. */
  readonly active?: Domain;
  /** `fast` (default) or the plain loops in double that it is checked against. */
  readonly engine?: 'fast' | 'reference';
  /** Evaluates instead of the native engine; the caller disposes of it. */
  readonly evaluator?: Evaluator;
}

/**
 * The pruning search of TE-NAS (Chen, Gong, Wang, ICLR 2021, arXiv 2102.11535, algorithm 1): starts with all operations
 * on all edges, and round by round removes from each edge the one without which the network has the better condition
 * number and loses the fewest linear regions, until one is left; in the DARTS space then all but two inputs of each node.
 * With `finals`, as under `fast` on NAS-Bench-201, pruning ends early and the architectures left are scored one by one.
 *
 *     const source = await openDataset({ dataset: 'synthetic' });
 *     const { genotype } = await pruneSearch({ space: getSpace('nas-bench-201'), source });
 *
 * @returns the record of the search
 * @throws SearchInterrupted, with the record so far, when the signal is aborted; TenasError `SETTING_INVALID`,
 * `DOMAIN_INVALID`, `SPACE_UNFIT`; NativeError of the engine; what a listener throws
 */
export async function pruneSearch(options: PruneSearchOptions): Promise<CompleteRecord> {
  const { space, source, protocol = 'fast', signal, onProgress, threads, engine, device } = options;
  const seed = checkInteger('seed', options.seed ?? 0, 0);
  if (threads !== undefined) checkInteger('threads', threads, 1, 1024);
  const settings = overrideSettings(protocolSettings(protocol, space.name, source.name), options.settings);
  const supernet = requireSupernet(space, 'the pruning search');
  if (settings.finals !== null && supernet.edgePruning !== null) {
    throw settingError('finals', settings.finals, `null: edges of ${space.name} are pruned too`);
  }
  const active = checkStart(supernet, options.active ?? supernet.full());
  const input = {
    space,
    supernet,
    source,
    protocol,
    settings,
    seed,
    threads: threads ?? null,
    active,
    signal,
    onProgress,
  };
  if (options.evaluator !== undefined) {
    return await new PruningRun({ ...input, evaluator: options.evaluator }).search();
  }
  using evaluator = createEvaluator({
    space,
    source,
    settings,
    seed,
    ...(threads === undefined ? {} : { threads }),
    ...(engine === undefined ? {} : { engine }),
    ...(device === undefined ? {} : { device }),
  });
  return await new PruningRun({ ...input, evaluator }).search();
}

/** {@link pruneSearch} as a strategy. */
export const pruning: SearchStrategy<PruneSearchOptions, CompleteRecord> = {
  name: 'prune',
  title: 'prune the supernet by condition number and linear regions (TE-NAS)',
  search: pruneSearch,
};
