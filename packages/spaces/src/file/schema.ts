import { wholeNumberText } from '@tenas/base';
import { z } from 'zod';
import { isSpaceName } from '../space-name.js';
import { TRAINING_RECIPES } from '../training-recipe.js';
import {
  ACTIVATIONS,
  type FieldName,
  isOperation,
  OPERATIONS,
  type OperationName,
  ORDERS,
  type Scalar,
} from './operations.js';

/** A value, or a list of values of which architectures choose one. */
export type Open<T extends Scalar = Scalar> = T | readonly T[];

/** An operation as a file has it: `{op: conv, kernel: [3, 5]}`. */
export type OperationSpec = Readonly<Record<string, Open | undefined>>;

/** Several blocks, one after the other. */
export interface SequenceSpec {
  readonly sequence: readonly BlockSpec[];
  readonly skip?: boolean | undefined;
}

/** Blocks of which architectures choose one: by their names, or under names of their own. */
export type ChoicesSpec = readonly string[] | Readonly<Record<string, BlockSpec>>;

/** A block: the name of an operation, block or cell, or what it is made of. */
export type BlockSpec = string | OperationSpec | SequenceSpec | { readonly choices: ChoicesSpec };

/** Most choices of one decision. */
const MOST_CHOICES = 64;
/** Most layers that a stage may ask for. */
const MOST_LAYERS = 200;
const MOST_CHANNELS = 8192;
const MOST_STAGES = 64;
const MOST_NODES = 12;
const MOST_PARTS = 256;

/** A name in decisions and parameters. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9_]{0,39}$/;
const wordText = '1 to 40 letters, digits and _';

/** All messages of a schema say what would be right. */
const says = (wanted: string) => ({ error: () => wanted });

function integer(minimum: number, maximum: number) {
  const wanted = wholeNumberText(minimum, maximum);
  return z.int(says(wanted)).min(minimum, says(wanted)).max(maximum, says(wanted));
}

function number(minimum: number, maximum: number) {
  const wanted = `a number from ${minimum} to ${maximum}`;
  return z.number(says(wanted)).min(minimum, says(wanted)).max(maximum, says(wanted));
}

function oneOf<const T extends readonly string[]>(words: T) {
  return z.enum(words, says(`one of ${words.join(', ')}`));
}

/** One value, or a list of which architectures choose one. */
function open<T extends Scalar>(item: z.ZodType<T>, wanted: string): z.ZodType<Open<T>> {
  const list = z
    .array(item, says(wanted))
    .min(1, says('at least one value'))
    .max(MOST_CHOICES, says(`at most ${MOST_CHOICES} values`))
    .refine((values) => new Set(values).size === values.length, says('each value once'));
  return z.union([item, list], says(`${wanted}, or a list of which one is chosen`));
}

function openInteger(minimum: number, maximum: number) {
  return open(integer(minimum, maximum), wholeNumberText(minimum, maximum));
}

/** Only the fields that are listed; the message names those. */
function fields<S extends z.ZodRawShape>(shape: S, what: string) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `only the fields ${known}` : `${what} with the fields ${known}`,
  });
}

const KERNELS = [1, 3, 5, 7, 9, 11, 13, 15] as const;
const kernelText = `one of ${KERNELS.join(', ')}`;

const ratioText = 'true, false, or a ratio from 0 to 1';
const squeeze = z.union([z.boolean(), number(0, 1)], says(ratioText));
const activations = Object.keys(ACTIVATIONS);

/** The fields of operations. */
const FIELDS = {
  kernel: open(z.literal(KERNELS, says(kernelText)), kernelText).describe('height and width of the window'),
  dilation: openInteger(1, 8).describe('distance of the taps of the window'),
  groups: openInteger(1, 64).describe('groups of channels that are convolved by themselves'),
  expansion: openInteger(1, 16).describe('channels inside, as a multiple of those of the input'),
  ratio: open(number(0.01, 4), 'a number from 0.01 to 4').describe(
    'channels inside, as a part of those of the output',
  ),
  activation: open(oneOf(activations), `one of ${activations.join(', ')}`).describe('the activation'),
  se: open(squeeze, ratioText).describe('squeeze-and-excitation: true is a ratio of 0.25'),
  skip: open(z.boolean(says('true or false')), 'true or false').describe('whether the input is added'),
  order: open(oneOf(ORDERS), `one of ${ORDERS.join(', ')}`).describe(
    'whether the activation comes last or first',
  ),
} as const satisfies Readonly<Record<FieldName, z.ZodType<Open>>>;

/** The schema of one operation. */
function operationForm(op: OperationName) {
  const { about, fields: own } = OPERATIONS[op];
  const names = Object.keys(FIELDS).filter((name): name is FieldName => Object.hasOwn(own, name));
  const optional = Object.fromEntries(names.map((name) => [name, FIELDS[name].optional()]));
  const named: Record<string, z.ZodType<Open | undefined>> = { op: z.literal(op) };
  return fields({ ...named, ...optional }, 'an operation').describe(about);
}

const operations = Object.keys(OPERATIONS).filter(isOperation);
const [firstForm, ...otherForms] = operations.map(operationForm);
const operation = z.discriminatedUnion(
  'op',
  [firstForm!, ...otherForms],
  says(`one of ${operations.join(', ')}`),
);

const named = z
  .string(says('the name of an operation, block or cell'))
  .regex(WORD, says('the name of an operation, block or cell'));

/** Things by names that are words. */
function byName<T extends z.ZodType>(item: T, what: string, most: number) {
  const word = z.string().regex(WORD);
  const isSome = (parts: object) => Object.keys(parts).length > 0 && Object.keys(parts).length <= most;
  return z
    .record(word, item, { error: (issue) => (issue.code === 'invalid_key' ? `a name of ${wordText}` : what) })
    .refine(isSome, says(`from 1 to ${most} of them`));
}

const blockText = 'the name of an operation, block or cell, {op: ...}, {sequence: [...]} or {choices: ...}';

const sequence = fields(
  {
    get sequence() {
      return z
        .array(block, says('a list of blocks'))
        .min(1, says('at least one block'))
        .max(MOST_PARTS, says(`at most ${MOST_PARTS} blocks`));
    },
    skip: z.boolean(says('true or false')).optional().describe('whether the input is added; default false'),
  },
  'a sequence',
).describe('blocks, one after the other: the first has the stride');

const choices = fields(
  {
    get choices() {
      return choicesOf(block);
    },
  },
  'choices',
).describe('blocks of which architectures choose one');

/** Alternatives: a list of names, or blocks by the names that architectures have. */
function choicesOf(item: z.ZodType<BlockSpec>): z.ZodType<ChoicesSpec> {
  const names = z
    .array(named, says('a list of names'))
    .min(1, says('at least one name'))
    .max(MOST_CHOICES, says(`at most ${MOST_CHOICES} names`))
    .refine((given) => new Set(given).size === given.length, says('each name once'));
  const blocks = byName(item, 'blocks by name', MOST_CHOICES);
  return z.union([names, blocks], says('a list of names, or blocks by name'));
}

const block: z.ZodType<BlockSpec> = z.union([named, operation, sequence, choices], says(blockText));

const edgeText = 'an edge as 2<-0: from node 0 to node 2, from a lower to a higher number';
const cell = fields(
  {
    nodes: integer(2, MOST_NODES).describe('nodes, the input among them: node 0'),
    choices: choicesOf(block).describe('operations of an edge; `none` is no edge'),
    edges: z
      .array(z.string(says(edgeText)).regex(/^\d{1,2}<-\d{1,2}$/, says(edgeText)), says('a list of edges'))
      .min(1, says('at least one edge'))
      .max(MOST_PARTS, says(`at most ${MOST_PARTS} edges`))
      .optional()
      .describe('default: an edge from each node to all after it'),
    output: oneOf(['last', 'concat'])
      .default('last')
      .describe('the last node, or the channels of all nodes but the input'),
  },
  'a cell',
);

const stageName = z.string(says(`a name of ${wordText}`)).regex(WORD, says(`a name of ${wordText}`));
const layersText = `${wholeNumberText(1, MOST_LAYERS)}, or N`;
const stage = fields(
  {
    name: stageName.optional().describe('in decisions and parameters; default: stage1, stage2, ...'),
    channels: openInteger(1, MOST_CHANNELS).describe('channels of the output'),
    stride: openInteger(1, 4).default(1).describe('of the first layer: 2 halves the image'),
    layers: z
      .union(
        [z.literal('N'), openInteger(1, MOST_LAYERS)],
        says(`${layersText}, or a list of which one is chosen`),
      )
      .default(1)
      .describe('how often the block is repeated; N: as the size of the network says'),
    block: block.describe('what each layer is'),
    decide: oneOf(['stage', 'layer'])
      .default('stage')
      .describe('whether the layers of the stage are alike, or each is decided by itself'),
  },
  'a stage',
);

const C = integer(1, MOST_CHANNELS).optional().describe('channels of the stem; all others in proportion');
const N = integer(1, MOST_LAYERS).optional().describe('layers of the stages that say N');
const smallSize = fields({ C, N }, 'a size').optional();

const recipes = TRAINING_RECIPES.map(({ name }) => name);
const nameText = 'lower case letters, digits and single hyphens, at most 64';

/** The schema of a space in a file. */
export const spaceFileSchema = fields(
  {
    $schema: z.string(says('an address')).optional().describe('of this schema, for editors'),
    name: z
      .string(says(nameText))
      .max(64, says(nameText))
      .refine(isSpaceName, says(nameText))
      .describe('name of the space: records and messages have it'),
    title: z.string(says('text')).min(1, says('text')).max(200, says('at most 200 characters')).optional(),
    paper: z.string(says('text')).max(1000, says('at most 1000 characters')).optional(),
    recipe: oneOf(recipes).optional().describe('how networks are trained; default: a short recipe'),
    N: integer(1, MOST_LAYERS)
      .optional()
      .describe('layers of the stages that say N, in the network to train'),
    sizes: fields({ proxy: smallSize, deep: smallSize, stemless: smallSize }, 'sizes')
      .optional()
      .describe(
        'small networks for metrics: proxy, deep with three layers where a stage has N, and stemless for crops of one channel',
      ),
    blocks: byName(block, 'blocks by name', MOST_PARTS).optional(),
    cells: byName(cell, 'cells by name', MOST_PARTS).optional(),
    stem: fields(
      {
        channels: integer(1, MOST_CHANNELS).describe('channels of the stem'),
        stride: openInteger(1, 4).default(1),
        block: block.default({ op: 'conv', kernel: 3 }).describe('default: a 3x3 convolution'),
      },
      'a stem',
    ).describe('what reads the image'),
    stages: z
      .array(stage, says('a list of stages'))
      .min(1, says('at least one stage'))
      .max(MOST_STAGES, says(`at most ${MOST_STAGES} stages`)),
    head: fields(
      {
        channels: openInteger(1, MOST_CHANNELS),
        block: block.default({ op: 'conv', kernel: 1 }).describe('default: a 1x1 convolution'),
      },
      'a head',
    )
      .optional()
      .describe('a last layer before the mean and the classifier'),
  },
  'a space',
);

/** A space in a file, with the defaults filled in. */
export type SpaceFile = z.output<typeof spaceFileSchema>;

/** A stage in a file. */
export type StageSpec = SpaceFile['stages'][number];

/** A cell in a file. */
export type CellSpec = z.output<typeof cell>;
