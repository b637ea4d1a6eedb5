import { type ChosenArchitecture, defineSpace } from '../define-space.js';
import type { Decision } from '../domain.js';
import type { Space } from '../space.js';
import { TRAINING_RECIPES } from '../training-recipe.js';
import { hasCells, hasUnreachableOperation, skipSpansOf } from './cell-edges.js';
import { conditionalIsomorphism } from './conditional.js';
import { drawingOf } from './drawing.js';
import { fileNetwork, fileSupernet } from './network.js';
import { decisionsIn, fitsSupernet, type SpacePlan } from './plan.js';
import type { SpaceFile } from './schema.js';
import { type FileSize, fileSizes } from './size.js';

/** A space from a file: an architecture is nothing but its choices. */
export type FileSpace = Space<ChosenArchitecture, FileSize>;

/** The example is drawn at random: the first or last choices may be no network that anybody would want. */
const EXAMPLE_SEED = 1;

/** The space that a file describes. */
export function spaceOf(file: SpaceFile, plan: SpacePlan): FileSpace {
  const { decisions, stages } = plan;
  const sizes = fileSizes(plan, file);
  const numbers = stages.flatMap(({ channels, stride, layers }) => [channels, stride, layers]);
  const isDecided = stages.every(({ blocks }) => blocks.every(fitsSupernet));
  const holdsAll = isDecided && numbers.every((amount) => typeof amount !== 'object' || amount === null);
  const isOpen = stages.some(({ blocks }) => blocks.some((block) => decisionsIn(block).size > 0));
  const chosen = defineSpace<FileSize, FileSize>({
    name: file.name,
    title: file.title,
    paper: file.paper,
    recipe: TRAINING_RECIPES.find(({ name }) => name === file.recipe),
    decisions,
    separator: decisions.length > 1 ? separatorsOf(decisions) : undefined,
    sizes,
    network: (choices, size) => fileNetwork(plan, choices, size),
    supernet:
      holdsAll && isOpen
        ? {
            sizes,
            build: (size) => fileSupernet(plan, size),
          }
        : undefined,
  });
  const [example] = chosen.sample({ count: 1, seed: EXAMPLE_SEED });
  return {
    ...chosen,
    example: chosen.format(example!),
    isomorphism: conditionalIsomorphism(plan, chosen),
    drawing: (architecture) => drawingOf(plan, chosen.choicesOf(architecture)),
    ...(hasCells(plan)
      ? {
          skipSpans: (architecture) => skipSpansOf(plan, chosen.choicesOf(architecture)),
          hasUnreachableOperation: (architecture) =>
            hasUnreachableOperation(plan, chosen.choicesOf(architecture)),
        }
      : {}),
  };
}

/** `-` between decisions that belong together, `/` between the others. */
function separatorsOf(decisions: readonly Decision[]): string[] {
  return decisions.slice(1).map(({ group }, place) => (group === decisions[place]!.group ? '-' : '/'));
}
