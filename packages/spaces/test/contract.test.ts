import type { ContractCheck } from '@tenas/base';
import { GraphBuilder, type Shape } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { spaceContract } from '../src/contract/index.js';
import {
  checkRecipe,
  defineSpace,
  listSpaces,
  nasBench201,
  natsSize,
  QUICK_RECIPE,
  type Space,
  slotName,
  TRAINING_RECIPES,
} from '../src/index.js';

/** A space of three blocks, as someone else would write it. */
interface BlocksSize {
  readonly numClasses: number;
  readonly inputShape: Shape;
}

const decisions = ['block/a', 'block/b', 'block/c'].map((name) => ({
  name,
  choices: ['none', 'conv', 'pool'],
}));

function blocks({ numClasses, inputShape }: BlocksSize, chosen: ((name: string) => string) | null) {
  const graph = new GraphBuilder();
  let node = graph.conv2d(graph.input(inputShape), { name: 'stem', outChannels: 4, kernel: 3, padding: 1 });
  for (const { name } of decisions) {
    const conv = () => graph.conv2d(graph.relu(node), { name, outChannels: 4, kernel: 3, padding: 1 });
    const pool = () => graph.avgPool2d(node, { kernel: 3, stride: 1, padding: 1 });
    const terms =
      chosen === null
        ? [
            { input: conv(), slot: graph.slot(slotName(name, 'conv')) },
            { input: pool(), slot: graph.slot(slotName(name, 'pool')) },
          ]
        : chosen(name) === 'none'
          ? []
          : [{ input: chosen(name) === 'conv' ? conv() : pool() }];
    node = graph.mix([{ input: node }, ...terms]);
  }
  return graph.build(graph.linear(graph.globalAvgPool(node), { name: 'head', outFeatures: numClasses }));
}

const sized = (images: { classes: number; height: number; width: number }): BlocksSize => ({
  numClasses: images.classes,
  inputShape: [3, images.height, images.width],
});

const own = defineSpace({
  name: 'blocks',
  decisions,
  recipe: { ...QUICK_RECIPE, name: 'blocks' },
  sizes: { proxy: sized, final: sized },
  network: (choices, size: BlocksSize = { numClasses: 10, inputShape: [3, 32, 32] }) =>
    blocks(size, (name) => choices[name]!),
  supernet: {
    sizes: {
      proxy: sized,
      stemless: ({ classes }): BlocksSize => ({ numClasses: classes, inputShape: [1, 3, 3] }),
    },
    build: (size) => blocks(size, null),
  },
});

describe.each([...listSpaces(), own].map((space) => [space.name, space] as const))('%s', (_name, space) => {
  for (const { name, run } of spaceContract(space)) it(name, run);

  it('passes the quick contract in a moment', async () => {
    const started = process.cpuUsage();
    for (const { run } of spaceContract(space, { quick: true })) await run();
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(1);
  });
});

/** Names of the checks that fail. */
async function broken(checks: readonly ContractCheck[]): Promise<string[]> {
  const names: string[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch {
      names.push(name);
    }
  }
  return names;
}

describe('a space that breaks a rule', () => {
  const cells: Space = nasBench201;
  const widths: Space = natsSize;
  const { supernet, enumeration, isomorphism } = nasBench201;
  const rateless = { ...QUICK_RECIPE.sgd, rate: Number.NaN };
  const cases: readonly (readonly [string, Space, string])[] = [
    ['a name with spaces', { ...cells, name: 'my cells' }, 'is a space'],
    ['no title', { ...cells, title: '' }, 'is a space'],
    ['texts of a space without a name', { ...cells, alsoReads: '' }, 'is a space'],
    ['a recipe without a rate', { ...cells, recipe: { ...QUICK_RECIPE, sgd: rateless } }, 'is a space'],
    [
      'two decisions of one name',
      { ...widths, decisions: [...widths.decisions, widths.decisions[0]!] },
      'has well-formed decisions',
    ],
    [
      'a choice with a slash',
      { ...widths, decisions: [{ name: 'stage', choices: ['1/2'] }] },
      'has well-formed decisions',
    ],
    [
      'text that is read as something else',
      { ...widths, parse: (text) => widths.parse(text.replace('8', '16')) },
      'reads what it writes, its example and its known names',
    ],
    [
      'text of two lines',
      { ...cells, format: (a) => cells.format(a).replace('+', '\n+') },
      'reads what it writes, its example and its known names',
    ],
    [
      'a reader that takes anything',
      { ...cells, parse: (text) => (text.includes('|') ? cells.parse(text) : enumeration.at(0)) },
      'refuses text that is no architecture with a coded error',
    ],
    [
      'a reader that trips over nothing',
      { ...cells, parse: (text) => (text === '' ? text.at(9)!.length : cells.parse(text)) as object },
      'refuses text that is no architecture with a coded error',
    ],
    [
      'samples that differ each time',
      { ...cells, sample: ({ count }) => cells.sample({ count, seed: Math.floor(Math.random() * 1e9) }) },
      'draws samples that the seed alone decides',
    ],
    [
      'samples that are always the same',
      { ...cells, sample: ({ count }) => cells.sample({ count, seed: 1 }) },
      'draws samples that the seed alone decides',
    ],
    [
      'choices in which something is lost',
      { ...widths, choicesOf: (a) => ({ ...widths.choicesOf(a), stage0: '8' }) },
      'makes the choices of an architecture, and the architecture of its choices',
    ],
    [
      'choices that fail by accident',
      { ...widths, fromChoices: (choices) => widths.parse(Object.values(choices).sort()[9]!) },
      'makes every choice into an architecture, or refuses it with a coded error',
    ],
    [
      'choices that are not checked',
      {
        ...widths,
        fromChoices: (c) => widths.fromChoices({ ...widths.choicesOf(enumerationOf(widths).at(0)), ...c }),
      },
      'refuses choices that do not fit with a coded error',
    ],
    [
      'indices that are off by one',
      { ...cells, enumeration: { ...enumeration, indexOf: (a) => cells.enumeration!.indexOf(a) + 1 } },
      'numbers all architectures',
    ],
    [
      'an enumeration that wraps around',
      {
        ...cells,
        enumeration: { ...enumeration, at: (i) => enumeration.at(Math.abs(Math.floor(i) || 0) % 15_625) },
      },
      'numbers all architectures',
    ],
    [
      'a representative of another class',
      { ...cells, isomorphism: { ...isomorphism, representative: () => enumeration.at(1) } },
      'represents isomorphic architectures by one of them',
    ],
    [
      'a skip connection back to its own node',
      { ...cells, skipSpans: () => [0, -1] },
      'counts the nodes that skip connections pass over',
    ],
    [
      'a list where yes or no is asked for',
      { ...cells, hasUnreachableOperation: () => [] as unknown as boolean },
      'says whether operations lie on no path through their cell',
    ],
    [
      'networks without an answer for each class',
      { ...cells, network: (a) => cells.network(a, { N: 1, numClasses: 3, inputShape: [3, 32, 32] }) },
      'builds networks of its sizes',
    ],
    [
      'proxy networks for images of another size',
      { ...widths, sizes: { ...widths.sizes, proxy: () => ({ inputShape: [3, 16, 16] }) } },
      'builds networks of its sizes',
    ],
    [
      'deep networks for images of another size',
      { ...widths, sizes: { ...widths.sizes, deep: () => ({ inputShape: [3, 16, 16] }) } },
      'builds networks of its sizes',
    ],
    [
      'crops of three channels',
      { ...widths, sizes: { ...widths.sizes, stemless: widths.sizes.proxy } },
      'builds networks of its sizes',
    ],
    [
      'supernets for networks',
      { ...cells, network: (_, size) => supernet.build({ C: 3, ...size }).graph },
      'names parameters uniquely, and the same every time',
    ],
    [
      'sums that the engine runs and the graph does not',
      {
        ...cells,
        supernet: {
          ...supernet,
          build: (size) => {
            const { graph, coefficients } = supernet.build({ C: 3, ...size });
            return { graph: { ...graph, observed: [] }, coefficients };
          },
        },
      },
      'has a supernet with a slot for every choice but none',
    ],
    [
      'costs without the classifier',
      { ...cells, costs: (size) => ({ of: (a) => ({ ...cells.costs(size).of(a), params: 1 }) }) },
      'counts what its networks cost',
    ],
    [
      'a supernet in which cells are missing',
      {
        ...own,
        supernet: { ...own.supernet!, decisions: [...decisions, { name: 'block/d', choices: ['conv'] }] },
      },
      'has a supernet with a slot for every choice but none',
    ],
    [
      'a full domain without one decision',
      { ...cells, supernet: { ...supernet, full: () => ({ ...supernet.full(), 'cell/1<-0': [] }) } },
      'weighs the open choices of a decision alike in its supernet',
    ],
    [
      'domains of another architecture',
      { ...cells, supernet: { ...supernet, domainOf: () => supernet.domainOf(enumeration.at(3)) } },
      'finds an architecture again in its supernet',
    ],
    [
      'pruning of edges that are not there',
      { ...cells, supernet: { ...supernet, edgePruning: { groups: [['cell/9<-0']], keep: 1 } } },
      'prunes edges that its supernet has',
    ],
  ];

  it.each(cases)('%s: is found', async (_what, space, check) => {
    expect(await broken(spaceContract(space, { quick: true }))).toContain(check);
  });

  it.each([null, undefined, 42, [], {}, { ...cells, sizes: undefined }, { ...cells, supernet: {} }])(
    'is found where it is no space at all: %#',
    async (given) => {
      const [first] = spaceContract(given as Space, { quick: true });
      expect(await broken([first!])).toEqual(['is a space']);
    },
  );

  it('is named with the field and what would be right', () => {
    const refused = expect.objectContaining({ code: 'SPACE_INVALID', field: 'title, example' });
    const [isASpace] = spaceContract({ ...cells, title: '' });
    expect(() => isASpace!.run()).toThrow(refused);
  });
});

function enumerationOf(space: Space) {
  return space.enumeration!;
}

describe('checkRecipe', () => {
  it('takes the built-in recipes, and that of a space of its own', () => {
    for (const recipe of [...TRAINING_RECIPES, own.recipe]) expect(checkRecipe(recipe)).toBe(recipe);
  });

  it.each([
    ['recipe', null],
    ['name', { ...QUICK_RECIPE, name: 'My recipe' }],
    ['paper', { ...QUICK_RECIPE, paper: 1 }],
    ['epochs', { ...QUICK_RECIPE, epochs: 0 }],
    ['batchSize', { ...QUICK_RECIPE, batchSize: '64' }],
    ['sgd', { ...QUICK_RECIPE, sgd: undefined }],
    ['sgd.rate', { ...QUICK_RECIPE, sgd: { ...QUICK_RECIPE.sgd, rate: -1 } }],
    ['sgd.momentum', { ...QUICK_RECIPE, sgd: { ...QUICK_RECIPE.sgd, momentum: 1 } }],
    ['sgd.nesterov', { ...QUICK_RECIPE, sgd: { ...QUICK_RECIPE.sgd, nesterov: 1 } }],
    ['cosine.per', { ...QUICK_RECIPE, cosine: { warmUpEpochs: 0, per: 'batch' } }],
    ['labelSmoothing', { ...QUICK_RECIPE, labelSmoothing: 1 }],
    ['augmentation.padding', { ...QUICK_RECIPE, augmentation: { padding: 0.5, flip: true, cutout: 0 } }],
    ['dropPath', { ...QUICK_RECIPE, dropPath: 1 }],
  ])('names %s', (field, recipe) => {
    expect(() => checkRecipe(recipe)).toThrow(expect.objectContaining({ code: 'RECIPE_INVALID', field }));
  });
});
