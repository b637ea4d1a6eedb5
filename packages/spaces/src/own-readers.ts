import type { Space } from './space.js';

/** Of spaces that can read a text, those that it is an architecture of where no space is named: see {@link Space.alsoReads}. */
export function ownReaders(spaces: readonly Space[]): Space[] {
  const names = new Set<string | undefined>(spaces.map(({ name }) => name));
  return spaces.filter(({ alsoReads }) => alsoReads === undefined || !names.has(alsoReads));
}
