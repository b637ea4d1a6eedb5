import type { Graph, Shape } from '@tenas/graph';
import { flatDomain, getSpace, requireSupernet } from '@tenas/spaces';
import type { Fixture } from './fixture-file.js';

/**
 * The network that a fixture describes, and the mixing coefficients of its active operations (none for an
 * architecture, whose graph has no slots).
 * @throws TenasError of the space for a configuration, a domain or an architecture that does not fit it
 */
export function fixtureNetwork(fixture: Fixture): { graph: Graph; coefficients: Float64Array } {
  const described = fixture.case;
  const { C, N, depth, use_stem, stem_multiplier, num_classes } = described.params;
  const [channels, height, width] = fixture.input.shape.slice(-3);
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
