import { clip, TenasError } from '@tenas/base';
import { canNameArchitectures, spacesOfScores } from '@tenas/evaluation';
import type { CsvTable } from '@tenas/records';
import { DEFAULT_SPACE, listSpaces, ownReaders, type Space } from '@tenas/spaces';
import type { PlugIns } from '../../plug-ins.js';

/**
 * The space that scores are of: the one that is given, else the one that their column `space` names, else the only one
 * that can read their architectures, else the default.
 * @throws TenasError `OPTION_INVALID` where the scores are of several spaces, or of one that is not known here
 */
export async function spaceOfScores(
  table: CsvTable,
  given: string | undefined,
  plugIns: PlugIns,
): Promise<Space> {
  if (given !== undefined) return await plugIns.space(given);
  const names = spacesOfScores(table);
  const [name] = names;
  if (name === undefined) {
    const able = ownReaders(listSpaces().filter((space) => canNameArchitectures(table, space)));
    return able.length === 1 ? able[0]! : await plugIns.space(DEFAULT_SPACE);
  }
  if (names.length === 1 && listSpaces().some((space) => space.name === name)) {
    return await plugIns.space(name);
  }
  const shown = names.map((one) => clip(one)).join(', ');
  const problem = names.length > 1 ? 'choose one of them' : 'that is not built in; give its file';
  throw new TenasError('OPTION_INVALID', `--space: the scores are of ${shown}; ${problem}`, {
    field: '--space',
    value: shown,
  });
}
