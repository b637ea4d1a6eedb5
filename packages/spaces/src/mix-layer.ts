import type { GraphBuilder, NodeId } from '@tenas/graph';
import type { JoinInput } from './mobile-blocks.js';
import { slotName } from './supernet.js';

/**
 * Adds some choices of a layer, each with a slot; the only choice of a layer has none. A block that adds its input leaves that
 * to the layer: a sum inside of a choice would run even where the choice does not.
 *
 * @param add the output of a choice; inputs are added by `join`
 */
export function mixLayer(
  graph: GraphBuilder,
  { decision, choices }: { readonly decision: string; readonly choices: readonly string[] },
  add: (choice: string, join: JoinInput) => NodeId,
): NodeId {
  const [only, ...others] = choices;
  if (only !== undefined && others.length === 0) {
    // Where a later layer takes part with no choice, nothing but this says that the sum runs.
    const summed: JoinInput = (branch, input) =>
      graph.mix([{ input: branch }, { input }], { name: `${decision}.sum`, observed: true });
    return add(only, summed);
  }
  const terms = choices.flatMap((choice) => {
    const inputs: NodeId[] = [];
    const join: JoinInput = (branch, input) => {
      inputs.push(input);
      return branch;
    };
    const slot = graph.slot(slotName(decision, choice));
    return [add(choice, join), ...inputs].map((input) => ({ input, slot }));
  });
  return graph.mix(terms, { name: decision });
}
