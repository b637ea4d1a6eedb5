import type { Choices, Domain } from '../domain.js';
import { chosenAmount, layersOf } from './network.js';
import { type Block, chosenBlocks, innerBlocks, type SpacePlan, type Stage } from './plan.js';

/** Lines that a figure has room for. */
const MOST_LINES = 30;

/**
 * The edges of the cells of an architecture, and its layers as a chain, `network/1<-0` and so on: what a report draws.
 * Without the chain where it would be too long; without cells, too, the choices as they are.
 */
export function drawingOf(plan: SpacePlan, choices: Choices): Domain {
  const cells = plan.stages.flatMap(({ blocks }) => blocks.flatMap((block) => cellLines(block, choices)));
  const lines = [1, 2].map((shorten) => chainOf(plan, choices, shorten > 1)).find(isDrawable);
  const chain = (lines ?? []).map((label, place): [string, string[]] => [
    `network/${place + 1}<-${place}`,
    [label],
  ]);
  const drawn = [...cells, ...chain];
  if (drawn.length > 0) return Object.fromEntries(drawn);
  return Object.fromEntries(Object.entries(choices).map(([decision, choice]) => [decision, [choice]]));
}

function isDrawable(lines: readonly string[]): boolean {
  return lines.length <= MOST_LINES;
}

function cellLines(block: Block, choices: Choices): [string, string[]][] {
  if (block.kind !== 'cell')
    return chosenBlocks(block, choices).flatMap((inner) => cellLines(inner, choices));
  return block.nodes.flatMap((edges) =>
    edges.map((edge): [string, string[]] => [
      `${block.name}/${edge.name}`,
      [labelOf(edge.block, choices) ?? 'none'],
    ]),
  );
}

/** What each layer is. @param shorten one line for layers that are alike */
function chainOf(plan: SpacePlan, choices: Choices, shorten: boolean): string[] {
  return plan.stages.flatMap((stage) => {
    const labels = labelsOf(stage, choices, plan.N ?? 1);
    if (!shorten) return labels;
    const runs: { label: string; count: number }[] = [];
    for (const label of labels) {
      const last = runs.at(-1);
      if (last?.label === label) last.count++;
      else runs.push({ label, count: 1 });
    }
    return runs.map(({ label, count }) => (count === 1 ? label : `${count}x ${label}`));
  });
}

function labelsOf(stage: Stage, choices: Choices, N: number): string[] {
  const { blocks } = stage;
  const stride = chosenAmount(stage.stride, choices);
  const channels = chosenAmount(stage.channels, choices);
  return Array.from({ length: layersOf(stage, choices, N) }, (_, layer) => {
    const label = labelOf(blocks[layer] ?? blocks[0]!, choices) ?? 'none';
    return `${label} ${channels}${layer === 0 && stride > 1 ? ` /${stride}` : ''}`;
  });
}

/** A block in a word or two; null: no edge. */
function labelOf(block: Block, choices: Choices): string | null {
  switch (block.kind) {
    case 'operation': {
      const { op, fields } = block;
      const parts: readonly (readonly [string, boolean])[] = [
        [op, true],
        [`k${fields.kernel}`, op !== 'identity'],
        [`e${fields.expansion}`, op === 'mbconv' || op === 'fused_mbconv'],
        ['se', fields.se > 0],
      ];
      return parts.flatMap(([part, shown]) => (shown ? [part] : [])).join(' ');
    }
    case 'sequence':
      return block.blocks.map((inner) => labelOf(inner, choices) ?? 'none').join(' + ');
    case 'choice': {
      const choice = choices[block.decision]!;
      const chosen = block.alternatives.get(choice) ?? null;
      if (chosen === null) return null;
      // The fields of an operation are in its label; a block that was chosen has a name.
      return block.field === undefined
        ? [choice, ...openFields(chosen, choices)].join(' ')
        : labelOf(chosen, choices);
    }
    case 'cell':
      return block.name;
  }
}

/** What was chosen inside of a block; a cell has a figure. */
function openFields(block: Block, choices: Choices): string[] {
  if (block.kind === 'cell') return [];
  if (block.kind !== 'choice') return innerBlocks(block).flatMap((inner) => openFields(inner, choices));
  const choice = choices[block.decision]!;
  const chosen = block.alternatives.get(choice) ?? null;
  return [
    `${(block.field ?? '').slice(0, 1)}${choice}`,
    ...(chosen === null ? [] : openFields(chosen, choices)),
  ];
}
