import { listSpaces } from '@tenas/spaces';

/** Place of an architecture in its space's enumeration; null where there is none, or the space is not known here. */
export function placeOf(name: string, text: string | null): number | null {
  const space = listSpaces().find((known) => known.name === name);
  return text === null ? null : (space?.enumeration?.indexOf(space.parse(text)) ?? null);
}
