import type { Graph, Shape } from '@tenas/graph';
import { flatDomain, getSpace, requireSupernet } from '@tenas/spaces';
import type { FixtureCase } from './fixture-file.js';

/** The part of a fixture's case that describes its network. */
export type NetworkCase = Pick<FixtureCase, 'space' | 'params'> &
  (
    | Pick<Extract<FixtureCase, { kind: 'supernet' }>, 'kind' | 'active'>
    | Pick<Extract<FixtureCase, { kind: 'architecture' }>, 'kind' | 'architecture'>
  );

/**
 * The network that a fixture describes for images of a shape (its last three sizes count), and the mixing coefficients of
 * its active operations (none for an architecture, whose graph has no slots).
 * @throws TenasError of the space for a configuration, a domain or an architecture that does not fit it
 */
export function fixtureNetwork(
  described: NetworkCase,
  images: readonly number[],
): { graph: Graph; coefficients: Float64Array } {
  const { C, N, depth, use_stem, stem_multiplier, num_classes } = described.params;
  const [channels, height, width] = images.slice(-3);
  const inputShape: Shape = [channels!, height!, width!];
  const common = { C, numClasses: num_classes, inputShape };
  const space = getSpace(described.space);
  if (described.kind === 'architecture') {
    const graph = space.network(space.parse(described.architecture), { ...common, N });
    return { graph, coefficients: new Float64Array(graph.slots.length).fill(1) };
  }
  const supernet = requireSupernet(space, 'a fixture of kind supernet').build({
    ...common,
    N,
    depth,
    useStem: use_stem,
    stemMultiplier: stem_multiplier,
  });
  return { graph: supernet.graph, coefficients: supernet.coefficients(flatDomain(described.active)) };
}
