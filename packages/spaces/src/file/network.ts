import { type Graph, GraphBuilder, graphCost, type MixTerm, type NodeId } from '@tenas/graph';
import type { Choices } from '../domain.js';
import { poolClassifier } from '../layers.js';
import { sizeError } from '../size-fields.js';
import { slotName } from '../supernet.js';
import { addOperation, type Place, project, shortcut, sumOf } from './build-operation.js';
import {
  type Amount,
  type Block,
  type CellBlock,
  type ChoiceBlock,
  operationsIn,
  type SequenceBlock,
  type SpacePlan,
  type Stage,
} from './plan.js';
import { type FileSize, fileSize } from './size.js';

/** Operations of a network. A file cannot ask for more, a size may. */
const MOST_OPERATIONS = 5000;
/** Parameters of a network: 2 GB in single precision. */
const MOST_PARAMETERS = 500_000_000;

/**
 * The network of one architecture: the stages, one after the other, the mean of all places, and a linear classifier.
 * Parameters are called by stage, layer, what was chosen, and part: `stage1.0.mb3.expand.conv.weight`.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function fileNetwork(plan: SpacePlan, choices: Choices, size: FileSize = {}): Graph {
  return new NetworkBuilder(plan, size, choices).build();
}

/**
 * The network that holds every choice. Only for a plan whose choices are sums of alternatives.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function fileSupernet(plan: SpacePlan, size: FileSize): Graph {
  return new NetworkBuilder(plan, size, null).build();
}

/** The number that architectures have; in a supernet there are no others. */
export function chosenAmount(amount: Amount, choices: Choices | null): number {
  return typeof amount === 'number' ? amount : Number(choices?.[amount.decision] ?? 1);
}

/** How many layers a stage has. */
export function layersOf({ layers }: Stage, choices: Choices | null, N: number): number {
  return layers === 'N' ? N : chosenAmount(layers ?? 1, choices);
}

class NetworkBuilder {
  readonly #graph = new GraphBuilder();
  readonly #plan: SpacePlan;
  readonly #size: ReturnType<typeof fileSize>;
  readonly #choices: Choices | null;

  /** @param choices null: all of them */
  constructor(plan: SpacePlan, size: FileSize, choices: Choices | null) {
    this.#plan = plan;
    this.#size = fileSize(plan, size);
    this.#choices = choices;
  }

  build(): Graph {
    const graph = this.#graph;
    const { inputShape, numClasses } = this.#size;
    this.#checkOperations();
    let last = graph.input(inputShape);
    for (const stage of this.#plan.stages) last = this.#stage(last, stage);
    const built = graph.build(poolClassifier(graph, last, numClasses));
    const { params } = graphCost(built);
    if (params <= MOST_PARAMETERS) return built;
    const wanted = `a number that makes at most ${MOST_PARAMETERS} parameters, not ${params}`;
    throw sizeError('C', this.#size.C, wanted);
  }

  #checkOperations(): void {
    const { N } = this.#size;
    let sum = 0;
    for (const stage of this.#plan.stages) {
      const each = Math.max(...stage.blocks.map((block) => operationsIn(block, this.#choices === null)));
      sum += each * layersOf(stage, this.#choices, N);
    }
    if (sum <= MOST_OPERATIONS) return;
    throw sizeError('N', N, `a number that makes at most ${MOST_OPERATIONS} operations, not ${sum}`);
  }

  #stage(input: NodeId, stage: Stage): NodeId {
    const { name, blocks, layers } = stage;
    const channels = this.#width(chosenAmount(stage.channels, this.#choices));
    const stride = chosenAmount(stage.stride, this.#choices);
    let last = input;
    for (let layer = 0; layer < layersOf(stage, this.#choices, this.#size.N); layer++) {
      const place = {
        name: layers === null ? name : `${name}.${layer}`,
        channels,
        stride: layer === 0 ? stride : 1,
      };
      const terms = this.#block(last, blocks[layer] ?? blocks[0]!, place);
      last = this.#graph.markBlock(sumOf(this.#graph, terms, place.name));
    }
    return last;
  }

  /** Channels in proportion to those of the stem, a multiple of what groups need. */
  #width(channels: number): number {
    const { multiple, channels: stem } = this.#plan;
    return multiple * Math.max(1, Math.round((channels * this.#size.C) / stem / multiple));
  }

  /** What the output of a block is the sum of. */
  #block(input: NodeId, block: Block, place: Place): readonly NodeId[] {
    switch (block.kind) {
      case 'operation':
        return addOperation(this.#graph, input, block, place);
      case 'sequence':
        return this.#sequence(input, block, place);
      case 'choice': {
        const terms = this.#terms(input, block, place);
        if (this.#choices !== null) return terms.map((term) => term.input);
        return [this.#graph.mix(terms, { name: `${place.name}.mix` })];
      }
      case 'cell':
        return [this.#cell(input, block, place)];
    }
  }

  #sequence(input: NodeId, { blocks, skip }: SequenceBlock, place: Place): readonly NodeId[] {
    let terms: readonly NodeId[] = [input];
    for (const [index, inner] of blocks.entries()) {
      const name = blocks.length > 1 ? `${place.name}.${index}` : place.name;
      const from = sumOf(this.#graph, terms, `${place.name}.${index - 1}`);
      terms = this.#block(from, inner, { ...place, name, stride: index === 0 ? place.stride : 1 });
    }
    return skip ? [...terms, shortcut(this.#graph, input, place)] : terms;
  }

  /** The alternatives of a choice: the chosen one, or all with their slots; nothing for no edge. */
  #terms(input: NodeId, { decision, field, alternatives }: ChoiceBlock, place: Place): readonly MixTerm[] {
    const outputs = (choice: string, block: Block): readonly NodeId[] => {
      // Parts of a module's path are separated by dots.
      const part = field === undefined ? choice : `${field}${choice.replace('.', '_')}`;
      return this.#block(input, block, { ...place, name: `${place.name}.${part}` });
    };
    if (this.#choices !== null) {
      const choice = this.#choices[decision]!;
      const block = alternatives.get(choice) ?? null;
      return block === null ? [] : outputs(choice, block).map((output) => ({ input: output }));
    }
    return [...alternatives].flatMap(([choice, block]) => {
      if (block === null) return [];
      const slot = this.#graph.slot(slotName(decision, choice));
      return outputs(choice, block).map((output) => ({ input: output, slot }));
    });
  }

  /** The input has its channels changed first, so that edges change nothing but its size. */
  #cell(input: NodeId, { nodes, output }: CellBlock, place: Place): NodeId {
    const graph = this.#graph;
    const { name, channels, stride } = place;
    const first = project(graph, input, { name: `${name}.preprocess`, channels, stride: 1 });
    const [, height, width] = graph.shapeOf(first)!;
    const shape = [channels, Math.ceil(height / stride), Math.ceil(width / stride)] as const;
    const states = [first];
    for (const [index, edges] of nodes.entries()) {
      const terms = edges.flatMap(({ name: edge, from, block }) =>
        this.#terms(states[from]!, block, {
          name: `${name}.edges.${edge}`,
          channels,
          stride: from === 0 ? stride : 1,
        }),
      );
      states.push(graph.mix(terms, { name: `${name}.node${index + 1}`, shape, observed: true }));
    }
    return output === 'last' ? states.at(-1)! : graph.concat(states.slice(1), `${name}.concat`);
  }
}
