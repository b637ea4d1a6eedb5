import { type ContractCheck, isPlugInPath, loadPlugIn } from '@tenas/base';
import { getMetric, type Metric, registerMetric } from '@tenas/metrics/definitions';
import type { PlugInReference } from '@tenas/records';
import type { Strategy } from '@tenas/search/definitions';
import { getSpace, registerSpace, type Space } from '@tenas/spaces';
import { namingFlags } from './flag-reading.js';

/** A kind of plug-in: its flag, what has to be true of it, and what makes it known by its name in this process. */
interface Kind<T extends object> {
  readonly kind: PlugInReference['kind'];
  readonly contract: (value: T) => readonly ContractCheck[];
  readonly register: (value: T) => void;
}

/** What a command line names: what is built in, and what comes from files of the user's own. */
export class PlugIns {
  readonly #loaded: PlugInReference[] = [];

  /**
   * The space of a name, or of a file; one from a file is known by its name in this process from then on.
   * @param named what `--space` gives
   * @throws TenasError UNKNOWN_SPACE, SPACE_INVALID for a name that is taken, those of `loadPlugIn`
   */
  async space(named: string): Promise<Space> {
    if (!isPlugInPath(named)) return getSpace(named);
    // Contracts are loaded where there is something to check.
    const { spaceContract } = await import('@tenas/spaces/contract');
    return await this.#load<Space>(named, {
      kind: 'space',
      contract: (space) => spaceContract(space, { quick: true }),
      register: registerSpace,
    });
  }

  /**
   * The metrics of files; each is checked by its contract and registered.
   * @param paths what `--metric` gives
   * @throws TenasError METRIC_INVALID for a name that is taken, those of `loadPlugIn`
   */
  async metrics(paths: readonly string[]): Promise<readonly Metric[]> {
    const metrics: Metric[] = [];
    for (const path of paths) {
      const { quickMetricContract: contract } = await import('@tenas/metrics/contract');
      metrics.push(await this.#load<Metric>(path, { kind: 'metric', contract, register: registerMetric }));
    }
    return metrics;
  }

  /** The metric of a name, or of a file. @throws TenasError UNKNOWN_METRIC; as {@link metrics} */
  async metric(named: string): Promise<Metric> {
    if (!isPlugInPath(named)) return getMetric(named);
    const [metric] = await this.metrics([named]);
    return metric!;
  }

  /**
   * The strategy of a name, or of a file, which is checked by its contract and registered.
   * @param named what `--strategy` gives
   * @throws TenasError UNKNOWN_STRATEGY, STRATEGY_INVALID for a name that is taken, those of `loadPlugIn`
   */
  async strategy(named: string): Promise<Strategy> {
    const { getStrategy, registerStrategy: register } = await import('@tenas/search/definitions');
    if (!isPlugInPath(named)) return getStrategy(named);
    const { quickStrategyContract: contract } = await import('@tenas/search/contract');
    return await this.#load<Strategy>(named, { kind: 'strategy', contract, register });
  }

  /** All that came from files, for records. */
  recorded(): readonly PlugInReference[] {
    return this.#loaded;
  }

  async #load<T extends object>(path: string, { kind, contract, register }: Kind<T>): Promise<T> {
    const field = `--${kind}`;
    const loaded = await loadPlugIn<T>(path, { kind, field, contract, importsFrom: import.meta.url });
    namingFlags({ name: field }, () => register(loaded.value));
    this.#loaded.push({ kind, name: loaded.name, sha256: loaded.sha256 });
    return loaded.value;
  }
}

/**
 * The metrics to use: those that are named, and those from files besides.
 *
 * @param named by `--metrics`; undefined: not given
 * @param otherwise names where neither is given
 * @throws TenasError UNKNOWN_METRIC
 */
export function metricsToUse(
  named: readonly string[] | undefined,
  loaded: readonly Metric[],
  otherwise: readonly string[],
): readonly Metric[] {
  if (named === undefined) return loaded.length === 0 ? otherwise.map(getMetric) : loaded;
  return [...named.map(getMetric), ...loaded.filter(({ name }) => !named.includes(name))];
}
