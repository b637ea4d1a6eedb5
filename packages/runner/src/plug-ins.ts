/**
 * Spaces, metrics and strategies from files, for commands, batches and workers: `@tenas/runner/plug-ins`. Apart from the
 * rest, so that commands without batches load nothing of them.
 * @packageDocumentation
 */
import { type ContractCheck, type DescribedPlugIns, isPlugInPath, loadPlugIn, TenasError } from '@tenas/base';
import { getMetric, type Metric, registerMetric } from '@tenas/metrics/definitions';
import type { PlugInReference } from '@tenas/records';
import type { Strategy } from '@tenas/search/definitions';
import type { Space } from '@tenas/spaces/definitions';

/** A kind of plug-in: what has to be true of it, and what makes it known by its name in this process. */
interface Kind<T extends object> {
  readonly kind: PlugInReference['kind'];
  readonly contract: (value: T) => readonly ContractCheck[];
  readonly register: (value: T) => void;
  readonly described?: DescribedPlugIns<T> | undefined;
}

/** Spaces by the text that describes them: the same text is the same space, however often it is named. */
const spacesByText = new Map<string, Space>();

/** Spaces in YAML or JSON. The reader is loaded where there is something to read. */
const SPACES_IN_YAML: DescribedPlugIns<Space> = {
  isDescription: (path) => /\.(ya?ml|json)$/i.test(path),
  async read(text, path) {
    const { parseSpaceFile } = await import('@tenas/spaces/file');
    const space = spacesByText.get(text) ?? parseSpaceFile(text, path);
    spacesByText.set(text, space);
    return space;
  },
};

/** Where a path stands. */
export interface PlugInPlace {
  /** For messages. Default: the flag, as `--space`. */
  readonly field?: string | undefined;
  /** Folder that relative paths start from. Default: the current one. */
  readonly folder?: string | undefined;
}

/** Settings of {@link PlugIns}. */
export interface PlugInsOptions {
  /** Where files find `zod` and `@tenas/` packages that are not installed beside them: a module's URL. Default: here. */
  readonly importsFrom?: string | undefined;
}

/** Finds spaces, metrics and strategies by name or by file. It loads only files that its caller names. */
export class PlugIns {
  readonly #importsFrom: string;
  readonly #loaded: PlugInReference[] = [];

  constructor({ importsFrom = import.meta.url }: PlugInsOptions = {}) {
    this.#importsFrom = importsFrom;
  }

  /**
   * The space of a name, or of a file; one from a file is known by its name in this process from then on.
   * @throws TenasError UNKNOWN_SPACE, SPACE_INVALID for a name that is taken, those of `loadPlugIn`
   */
  async space(named: string, place?: PlugInPlace): Promise<Space> {
    const { getSpace, registerSpace: register } = await import('@tenas/spaces');
    if (!isPlugInPath(named)) return getSpace(named);
    // Contracts are loaded where there is something to check.
    const { spaceContract } = await import('@tenas/spaces/contract');
    return await this.#load<Space>(named, place, {
      kind: 'space',
      contract: (space) => spaceContract(space, { quick: true }),
      register,
      described: SPACES_IN_YAML,
    });
  }

  /**
   * The metric of a name, or of a file, which is checked by its contract and registered.
   * @throws TenasError UNKNOWN_METRIC, METRIC_INVALID for a name that is taken, those of `loadPlugIn`
   */
  async metric(named: string, place?: PlugInPlace): Promise<Metric> {
    return isPlugInPath(named) ? await this.#metricOf(named, place) : getMetric(named);
  }

  /**
   * The metrics of files, for any form of path; each is checked by its contract and registered.
   * @throws TenasError METRIC_INVALID for a name that is taken, those of `loadPlugIn`
   */
  async metrics(paths: readonly string[]): Promise<readonly Metric[]> {
    const metrics: Metric[] = [];
    for (const path of paths) metrics.push(await this.#metricOf(path));
    return metrics;
  }

  /**
   * The strategy of a name, or of a file, which is checked by its contract and registered.
   * @throws TenasError UNKNOWN_STRATEGY, STRATEGY_INVALID for a name that is taken, those of `loadPlugIn`
   */
  async strategy(named: string, place?: PlugInPlace): Promise<Strategy> {
    const { getStrategy, registerStrategy: register } = await import('@tenas/search/definitions');
    if (!isPlugInPath(named)) return getStrategy(named);
    const { quickStrategyContract: contract } = await import('@tenas/search/contract');
    return await this.#load<Strategy>(named, place, { kind: 'strategy', contract, register });
  }

  /** All that came from files, for records. */
  recorded(): readonly PlugInReference[] {
    return this.#loaded;
  }

  async #metricOf(path: string, place?: PlugInPlace): Promise<Metric> {
    const { quickMetricContract: contract } = await import('@tenas/metrics/contract');
    return await this.#load<Metric>(path, place, { kind: 'metric', contract, register: registerMetric });
  }

  async #load<T extends object>(
    path: string,
    { field, folder }: PlugInPlace = {},
    { kind, contract, register, described }: Kind<T>,
  ): Promise<T> {
    const named = field ?? `--${kind}`;
    const { name, sha256, value } = await loadPlugIn<T>(path, {
      kind,
      field: named,
      contract,
      folder,
      importsFrom: this.#importsFrom,
      described,
    });
    try {
      register(value);
    } catch (error) {
      if (!(error instanceof TenasError)) throw error;
      throw new TenasError(error.code, `${named}: ${error.message}`, {
        field: named,
        value: error.value,
        cause: error,
      });
    }
    if (!this.#loaded.some((known) => known.kind === kind && known.name === name)) {
      this.#loaded.push({ kind, name, sha256 });
    }
    return value;
  }
}
