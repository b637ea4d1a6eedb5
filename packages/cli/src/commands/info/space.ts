import { countText } from '@tenas/base';
import { type GraphCost, graphCost } from '@tenas/graph';
import { strategiesFor } from '@tenas/search/definitions';
import { PlugIns } from '../../plug-ins.js';
import { spaceFacts } from './space-facts.js';

/** The images that the sizes of networks are shown for. */
const IMAGES = { classes: 10, height: 32, width: 32 };

/** A space in full, with the costs of its example on images of 32x32 pixels and 10 classes. */
export async function describedSpace(named: string) {
  const plugIns = new PlugIns();
  const space = await plugIns.space(named);
  const example = space.parse(space.example);
  const cost = (size: object): GraphCost => graphCost(space.network(example, size));
  return {
    ...spaceFacts(space),
    strategies: strategiesFor(space).map(({ name }) => name),
    plugins: plugIns.recorded(),
    exampleNetworks: {
      proxy: cost(space.sizes.proxy(IMAGES)),
      ...(space.sizes.deep === undefined ? {} : { deep: cost(space.sizes.deep(IMAGES)) }),
      final: cost(space.sizes.final(IMAGES)),
    },
  };
}

/** {@link describedSpace} for people. */
export function describedText(described: Awaited<ReturnType<typeof describedSpace>>): string {
  const { title, name, paper, decisions, supernet, strategies, example, exampleNetworks } = described;
  const { final, proxy, deep } = exampleNetworks;
  const wide = Math.max(...decisions.map((decision) => decision.name.length));
  return [
    `space          ${name}${title === name ? '' : `: ${title}`}${paper === '' ? '' : ` (${paper})`}`,
    `architectures  ${countOf(described)}, e.g. ${example}`,
    `example        ${millions(final.params)} parameters, ${millions(final.macs)} multiply-adds to train on 3x32x32, 10 classes`,
    `for metrics    ${millions(proxy.params)} parameters, ${millions(proxy.macs)} multiply-adds`,
    ...(deep === undefined
      ? []
      : [`  deep         ${millions(deep.params)} parameters, ${millions(deep.macs)} multiply-adds`]),
    `supernet       ${supernet ? 'yes' : 'no'}`,
    `strategies     ${strategies.join(', ')}`,
    `decisions      ${decisions.length}`,
    ...decisions.map((decision) => `  ${decision.name.padEnd(wide)}  ${decision.choices.join(', ')}`),
  ].join('\n');
}

/** How many architectures there are; where they have no numbers, what the choices allow. */
function countOf({
  architectures,
  decisions,
}: Pick<ReturnType<typeof spaceFacts>, 'architectures' | 'decisions'>): string {
  if (architectures !== null) return countText(architectures);
  const combinations = decisions.reduce((product, { choices }) => product * choices.length, 1);
  return combinations <= 2 ** 32 ? `at most ${countText(combinations)}` : 'more than 2^32';
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(count < 1e5 ? 4 : 2)} M`;
}
