import { type Domain, mapDomain } from './domain.js';
import type { Space } from './space.js';

/**
 * The operations on the edges of an architecture's cells, by names such as `cell/1<-0`, as figures show them: as the space
 * draws it, else as its supernet holds it, else its choices.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` if it can be written but not chosen
 */
export function drawnEdges<A extends object>(
  space: Pick<Space<A>, 'decisions' | 'choicesOf' | 'drawing' | 'supernet'>,
  architecture: A,
): Domain {
  if (space.drawing !== undefined) return space.drawing(architecture);
  if (space.supernet !== undefined) return space.supernet.domainOf(architecture);
  const choices = space.choicesOf(architecture);
  return mapDomain(space.decisions, ({ name }) => [choices[name]!]);
}
