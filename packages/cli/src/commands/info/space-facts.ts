import type { Space } from '@tenas/spaces/definitions';

/** A space in short, for documents. */
export function spaceFacts(space: Space) {
  return {
    name: space.name,
    title: space.title,
    paper: space.paper,
    decisions: space.decisions,
    architectures: space.enumeration?.size ?? null,
    supernet: space.supernet !== undefined,
    knownArchitectures: space.knownArchitectures,
    example: space.example,
  };
}
