import type { ChosenArchitecture } from '../define-space.js';
import type { Choices } from '../domain.js';
import type { Isomorphism } from '../space.js';
import { chosenAmount } from './network.js';
import { type Block, chosenBlocks, isConditional, type SpacePlan } from './plan.js';

/** The decisions that the network of some choices depends on. */
function decisionsThatMatter({ stages }: SpacePlan, choices: Choices): ReadonlySet<string> {
  const matter = new Set<string>();
  const visit = (block: Block): void => {
    if (block.kind === 'choice') matter.add(block.decision);
    for (const inner of chosenBlocks(block, choices)) visit(inner);
  };
  for (const { channels, stride, layers, blocks } of stages) {
    for (const amount of [channels, stride, layers]) {
      if (typeof amount === 'object' && amount !== null) matter.add(amount.decision);
    }
    const count = layers === 'N' || layers === null ? 1 : chosenAmount(layers, choices);
    for (const block of blocks.slice(0, count)) visit(block);
  }
  return matter;
}

/**
 * Which architectures are one network because they only differ in decisions that do not matter, such as the kernel of a
 * block that was not chosen. Undefined where every decision always matters.
 */
export function conditionalIsomorphism(
  plan: SpacePlan,
  space: {
    format(architecture: ChosenArchitecture): string;
    choicesOf(architecture: ChosenArchitecture): Choices;
    fromChoices(choices: Choices): ChosenArchitecture;
  },
): Isomorphism<ChosenArchitecture> | undefined {
  const conditional = plan.stages.some(
    ({ layers, blocks }) =>
      blocks.some(isConditional) || (typeof layers === 'object' && layers !== null && blocks.length > 1),
  );
  if (!conditional) return undefined;
  const representative = (architecture: ChosenArchitecture) => {
    const choices = space.choicesOf(architecture);
    const matter = decisionsThatMatter(plan, choices);
    return space.fromChoices(
      Object.fromEntries(
        plan.decisions.map(({ name, choices: all }) => [name, matter.has(name) ? choices[name]! : all[0]!]),
      ),
    );
  };
  return { key: (architecture) => space.format(representative(architecture)), representative };
}
