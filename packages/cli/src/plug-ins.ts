import { isPlugInPath, loadPlugIn, type PlugIn } from '@tenas/base';
import { getSpace, registerSpace, type Space } from '@tenas/spaces';
import { namingFlags } from './flag-reading.js';

/** A plug-in as records name it. */
export interface RecordedPlugIn {
  readonly kind: string;
  readonly name: string;
  /** SHA-256 of its file, in hexadecimal. */
  readonly sha256: string;
}

/** What a command line names: what is built in, and what comes from files of the user's own. */
export class PlugIns {
  readonly #loaded: PlugIn<object>[] = [];

  /**
   * The space of a name, or of a file; one from a file is known by its name in this process from then on.
   * @param named what `--space` gives
   * @throws TenasError UNKNOWN_SPACE, SPACE_INVALID for a name that is taken, those of `loadPlugIn`
   */
  async space(named: string): Promise<Space> {
    if (!isPlugInPath(named)) return getSpace(named);
    const { spaceContract } = await import('@tenas/spaces/contract');
    const loaded = await loadPlugIn<Space>(named, {
      kind: 'space',
      field: '--space',
      contract: (space) => spaceContract(space, { quick: true }),
      importsFrom: import.meta.url,
    });
    namingFlags({ name: '--space' }, () => registerSpace(loaded.value));
    this.#loaded.push(loaded);
    return loaded.value;
  }

  /** All that came from files, for records. */
  recorded(): readonly RecordedPlugIn[] {
    return this.#loaded.map(({ kind, name, sha256 }) => ({ kind, name, sha256 }));
  }
}
