import type { MobileActivation } from '../mobile-blocks.js';

/** One value of a field. */
export type Scalar = string | number | boolean;

/** The activations as a file writes them, and as graphs have them; null: none. */
export const ACTIVATIONS: Readonly<Record<string, MobileActivation | null>> = {
  relu: 'relu',
  relu6: 'relu6',
  swish: 'swish',
  hard_swish: 'hardSwish',
  sigmoid: 'sigmoid',
  hard_sigmoid: 'hardSigmoid',
  none: null,
};

/** Whether the activation follows convolution and batch norm, or comes before them. */
export const ORDERS = ['conv_first', 'activation_first'] as const;

/** Everything that an operation may be told besides its place. */
export interface OperationFields {
  readonly kernel: number;
  readonly dilation: number;
  readonly groups: number;
  /** Channels inside of a block, as a multiple of those of its input. */
  readonly expansion: number;
  /** Channels inside of a bottleneck, as a part of those of its output. */
  readonly ratio: number;
  readonly activation: MobileActivation | null;
  /** Channels inside of squeeze-and-excitation, as a part of those of the block's input; 0: none. */
  readonly se: number;
  readonly skip: boolean;
  readonly order: (typeof ORDERS)[number];
}

/** The name of a field. */
export type FieldName = keyof OperationFields;

/** An operation of the language: what it is, and which fields it has, with their defaults. */
interface OperationForm {
  readonly about: string;
  readonly fields: Readonly<Partial<Record<FieldName, Scalar>>>;
}

const BLOCK = { activation: 'relu', se: false, skip: true } as const;

/** The operations by name. */
export const OPERATIONS = {
  conv: {
    about: 'convolution, batch norm, activation',
    fields: { kernel: 3, dilation: 1, groups: 1, activation: 'relu', order: 'conv_first' },
  },
  separable: {
    about: 'depthwise and 1x1 convolution, a batch norm and an activation each (MobileNet)',
    fields: { kernel: 3, dilation: 1, activation: 'relu', se: false },
  },
  mbconv: {
    about: 'widen, convolve each channel by itself, narrow (MobileNetV2)',
    fields: { kernel: 3, expansion: 6, ...BLOCK },
  },
  fused_mbconv: {
    about: 'widen by a full convolution, narrow (EfficientNetV2)',
    fields: { kernel: 3, expansion: 4, ...BLOCK },
  },
  residual: {
    about: 'two convolutions with the input added (ResNet-18)',
    fields: { kernel: 3, groups: 1, ...BLOCK },
  },
  bottleneck: {
    about: '1x1, full and 1x1 convolution with the input added (ResNet-50, ResNeXt with groups)',
    fields: { kernel: 3, groups: 1, ratio: 0.25, ...BLOCK },
  },
  max_pool: { about: 'maximum of a window', fields: { kernel: 3 } },
  avg_pool: { about: 'mean of a window', fields: { kernel: 3 } },
  identity: {
    about: 'nothing; a 1x1 convolution where channels or size change',
    fields: {},
  },
} as const satisfies Readonly<Record<string, OperationForm>>;

/** The name of an operation. */
export type OperationName = keyof typeof OPERATIONS;

/** Whether a word is the name of an operation. */
export function isOperation(word: string): word is OperationName {
  return Object.hasOwn(OPERATIONS, word);
}

/** An operation with every field decided. */
export interface FixedOperation {
  readonly kind: 'operation';
  readonly op: OperationName;
  readonly fields: OperationFields;
}

/** `se: true` is the quarter of most networks. */
const DEFAULT_SQUEEZE = 0.25;

/** The operation of these values; the others are its defaults. */
export function fixedOperation(op: OperationName, given: Readonly<Record<string, Scalar>>): FixedOperation {
  const defaults: OperationForm['fields'] = OPERATIONS[op].fields;
  const value = (field: FieldName): Scalar => given[field] ?? defaults[field] ?? 1;
  const se = given.se ?? defaults.se ?? 0;
  return {
    kind: 'operation',
    op,
    fields: {
      kernel: Number(value('kernel')),
      dilation: Number(value('dilation')),
      groups: Number(value('groups')),
      expansion: Number(value('expansion')),
      ratio: Number(value('ratio')),
      activation: ACTIVATIONS[String(value('activation'))] ?? null,
      se: typeof se === 'number' ? se : se === true ? DEFAULT_SQUEEZE : 0,
      skip: value('skip') === true,
      order: ORDERS.find((order) => order === value('order')) ?? 'conv_first',
    },
  };
}
