import { TenasError } from '@tenas/base';
import type { Domain } from '@tenas/records';
import { drawnEdges, getSpace } from '@tenas/spaces';

/** The choices to draw for an architecture that is only given as text; null where the space does not read it. */
export function drawnChoices(name: string, architecture: string): Domain | null {
  try {
    const space = getSpace(name);
    return drawnEdges(space, space.parse(architecture));
  } catch (error) {
    if (error instanceof TenasError) return null;
    throw error;
  }
}
