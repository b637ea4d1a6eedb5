import { type ContractCheck, isPlugInPath, loadPlugIn } from '@tenas/base';
import { type Metric, registerMetric } from '@tenas/metrics';
import type { PlugInReference } from '@tenas/records';
import type { Strategy } from '@tenas/search';
import { registerSpace, type Space } from '@tenas/spaces';

/** What a command line may name by the path of a file. */
export interface NamedPlugIns {
  /** `--space`: a name or a path. */
  readonly space?: string | undefined;
  /** `--metric`: paths. */
  readonly metric?: readonly string[] | undefined;
  /** `--strategy`: a name or a path. */
  readonly strategy?: string | undefined;
}

/** The same by name: what came from files is known by its name from now on. */
export interface LoadedPlugIns<N extends NamedPlugIns> {
  readonly space: N['space'];
  readonly strategy: N['strategy'];
  /** Names of the metrics from files. */
  readonly metrics: readonly string[];
  /** What came from files, for records. */
  readonly plugins: readonly PlugInReference[];
}

/**
 * Loads the spaces, metrics and strategies that a command line names by a file, each checked by its contract.
 *
 * @throws TenasError `PLUG_IN_MISSING`, `PLUG_IN_INVALID` naming the flag; `SPACE_INVALID`, `METRIC_INVALID` or
 * `STRATEGY_INVALID` where the name is taken
 */
export async function loadPlugIns<const N extends NamedPlugIns>(named: N): Promise<LoadedPlugIns<N>> {
  const plugins: PlugInReference[] = [];
  const load = async <T extends object>(text: string, kind: Kind<T>): Promise<string> => {
    if (!kind.always && !isPlugInPath(text)) return text;
    const { contract, register } = await kind.parts();
    const { value, name, sha256 } = await loadPlugIn(text, {
      kind: kind.kind,
      field: kind.field,
      contract,
      importsFrom: import.meta.url,
    });
    register(value);
    plugins.push({ kind: kind.kind, name, sha256 });
    return name;
  };
  const space = named.space === undefined ? undefined : await load(named.space, SPACE);
  const metrics: string[] = [];
  for (const path of named.metric ?? []) metrics.push(await load(path, METRIC));
  const strategy = named.strategy === undefined ? undefined : await load(named.strategy, STRATEGY);
  return { space, strategy, metrics, plugins };
}

/** A kind of plug-in. Its contract is only loaded where there is one to check. */
interface Kind<T extends object> {
  readonly kind: PlugInReference['kind'];
  readonly field: string;
  /** Whether the flag takes paths only. */
  readonly always?: true;
  parts(): Promise<{
    readonly contract: (value: T) => readonly ContractCheck[];
    readonly register: (value: T) => void;
  }>;
}

const SPACE: Kind<Space> = {
  kind: 'space',
  field: '--space',
  async parts() {
    const { spaceContract } = await import('@tenas/spaces/contract');
    return { contract: (space) => spaceContract(space, { quick: true }), register: registerSpace };
  },
};

const METRIC: Kind<Metric> = {
  kind: 'metric',
  field: '--metric',
  always: true,
  async parts() {
    const { quickMetricContract } = await import('@tenas/metrics/contract');
    return { contract: quickMetricContract, register: registerMetric };
  },
};

const STRATEGY: Kind<Strategy> = {
  kind: 'strategy',
  field: '--strategy',
  async parts() {
    const { quickStrategyContract } = await import('@tenas/search/contract');
    const { registerStrategy } = await import('@tenas/search');
    return { contract: quickStrategyContract, register: registerStrategy };
  },
};

/**
 * The metrics to use: those that are named, and those from files besides.
 *
 * @param named by `--metrics`; undefined: not given
 * @param loaded names of those from files
 * @param otherwise where neither is given
 */
export function metricNames(
  named: readonly string[] | undefined,
  loaded: readonly string[],
  otherwise: readonly string[],
): readonly string[] {
  if (named === undefined) return loaded.length === 0 ? otherwise : loaded;
  return [...named, ...loaded.filter((name) => !named.includes(name))];
}
