import { ACTIVATION_FUNCTIONS, type Graph, GraphBuilder, type NodeId, type Shape } from '@tenas/graph';
import fc from 'fast-check';

/** A random valid graph and mixing coefficients for it, some of them 0. */
export interface RandomGraph {
  readonly graph: Graph;
  /** One for each of `graph.slots`. */
  readonly coefficients: Float64Array;
}

export interface RandomGraphOptions {
  /** Most operations before the classifier. Default 12. */
  readonly maxSteps?: number;
  /** Most channels of the input. Default 4. */
  readonly maxChannels?: number;
  /** Largest height and width of the input; odd and even sizes from 1 on occur. Default 9. */
  readonly maxSize?: number;
  /** Ends in globalAvgPool and linear, so that the output is [classes, 1, 1]: always (default) or not always. */
  readonly classifier?: 'always' | 'sometimes';
}

interface Step {
  readonly kind: (typeof KINDS)[number];
  /** Which values are read: 0 is the newest. */
  readonly reads: readonly number[];
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: number;
  readonly padding: 'none' | 'same';
  readonly grouping: 'one' | 'half' | 'depthwise';
  readonly sides: readonly [number, number, number, number];
  readonly flag: boolean;
  /** Slot numbers of a mix's terms; null is the constant 1. */
  readonly slots: readonly (number | null)[];
}

const KINDS = [
  'conv2d',
  'conv2d',
  'batchNorm',
  'relu',
  'avgPool2d',
  'maxPool2d',
  'pad2d',
  'mix',
  'mix',
  'emptyMix',
  'concat',
  'globalAvgPool',
  'activation',
  'activation',
  'scale',
  'selectChannels',
] as const;

/** Values grow no larger than this, whatever the steps do. */
const MOST_CHANNELS = 12;
const LARGEST_SIDE = 16;
const SLOTS = 6;

const small = fc.constantFrom(1, 1, 2);
const kernelSize = fc.constantFrom(1, 2, 3, 3, 5);
const side = fc.integer({ min: -2, max: 2 });

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS),
  // Recent values are read more often, so that graphs get deep.
  reads: fc.array(fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 5, 8), { minLength: 1, maxLength: 4 }),
  channels: fc.integer({ min: 1, max: 6 }),
  kernel: fc.oneof(
    kernelSize.map((k) => [k, k] as const),
    fc.tuple(kernelSize, kernelSize),
  ),
  stride: fc.oneof(
    small.map((s) => [s, s] as const),
    fc.tuple(small, small),
  ),
  dilation: small,
  padding: fc.constantFrom('same' as const, 'same' as const, 'none' as const),
  grouping: fc.constantFrom('one' as const, 'half' as const, 'depthwise' as const),
  sides: fc.tuple(side, side, side, side),
  flag: fc.boolean(),
  slots: fc.array(fc.option(fc.nat(SLOTS - 1)), { minLength: 4, maxLength: 4 }),
});

/**
 * Random graphs that use every operation in every way that is allowed: stride 2, dilation 2, groups and depthwise, kernels that
 * are not square, odd sizes down to 1x1, cropping, pooling over borders, mixes with slots (also shared ones), constant terms and
 * no terms at all, concatenation, values that nobody reads. All sizes stay small.
 */
export function randomGraph(options: RandomGraphOptions = {}): fc.Arbitrary<RandomGraph> {
  const size = fc.integer({ min: 1, max: options.maxSize ?? 9 });
  return fc
    .record({
      shape: fc.tuple(fc.integer({ min: 1, max: options.maxChannels ?? 4 }), size, size),
      steps: fc.array(step, { minLength: 1, maxLength: options.maxSteps ?? 12 }),
      classes: fc.integer({ min: 1, max: 5 }),
      classifier: options.classifier === 'sometimes' ? fc.boolean() : fc.constant(true),
      coefficients: fc.array(fc.constantFrom(0, 0, 0.25, 0.5, 1, -1.5), {
        minLength: SLOTS,
        maxLength: SLOTS,
      }),
    })
    .map(({ shape, steps, classes, classifier, coefficients }) => {
      const growing = new GrowingGraph(shape);
      for (const [index, each] of steps.entries()) growing.grow(`step${index}`, each);
      const graph = growing.finish(classifier ? classes : null);
      return { graph, coefficients: Float64Array.from(coefficients.slice(0, graph.slots.length)) };
    });
}

class GrowingGraph {
  readonly #builder = new GraphBuilder();
  readonly #values: NodeId[];

  constructor(shape: Shape) {
    this.#values = [this.#builder.input(shape)];
  }

  grow(name: string, step: Step): void {
    this.#values.push(this.#add(name, step));
  }

  finish(classes: number | null): Graph {
    const last = this.#values.at(-1)!;
    if (classes === null) return this.#builder.build(last);
    const pooled = this.#builder.globalAvgPool(last, 'pooled');
    return this.#builder.build(this.#builder.linear(pooled, { name: 'classifier', outFeatures: classes }));
  }

  #shape(id: NodeId): Shape {
    return this.#builder.shapeOf(id)!;
  }

  #read(back: number): NodeId {
    return this.#values[Math.max(this.#values.length - 1 - back, 0)]!;
  }

  #add(name: string, step: Step): NodeId {
    const builder = this.#builder;
    const input = this.#read(step.reads[0]!);
    const shape = this.#shape(input);
    switch (step.kind) {
      case 'conv2d':
        return this.#conv(name, input, step);
      case 'batchNorm':
        return builder.batchNorm(input, { name, affine: step.flag, eps: step.channels === 1 ? 1e-3 : 1e-5 });
      case 'relu':
        return builder.relu(input, name);
      case 'avgPool2d':
        return builder.avgPool2d(input, { name, ...pooling(shape, step), countIncludePad: step.flag });
      case 'maxPool2d':
        return builder.maxPool2d(input, { name, ...pooling(shape, step) });
      case 'pad2d':
        return builder.pad2d(input, { name, ...sidesFor(shape, step.sides) });
      case 'mix': {
        const alike = step.reads
          .map((back) => this.#read(back))
          .filter((id) => this.#shape(id).join() === shape.join());
        const terms = alike.map((id, k) => {
          const slot = step.slots[k];
          return slot === null || slot === undefined
            ? { input: id }
            : { input: id, slot: builder.slot(`slot${slot}`) };
        });
        return builder.mix(terms, { name, observed: true });
      }
      case 'emptyMix':
        return builder.mix([], { name, shape, observed: true });
      case 'concat':
        return builder.concat(this.#concatenable(step.reads, shape), name);
      case 'globalAvgPool':
        return builder.globalAvgPool(input, name);
      case 'activation':
        return builder.activation(
          input,
          ACTIVATION_FUNCTIONS[step.channels % ACTIVATION_FUNCTIONS.length]!,
          name,
        );
      case 'scale': {
        const mean = builder.globalAvgPool(input, `${name}.mean`);
        return builder.scale(input, step.flag ? mean : builder.activation(mean, 'sigmoid'), name);
      }
      case 'selectChannels':
        return builder.selectChannels(input, selection(shape[0], step), name);
    }
  }

  #conv(name: string, input: NodeId, step: Step): NodeId {
    const [channels, height, width] = this.#shape(input);
    const groups =
      step.grouping === 'depthwise' ? channels : step.grouping === 'half' && channels % 2 === 0 ? 2 : 1;
    const outChannels = Math.min(groups * Math.ceil(step.channels / groups), Math.max(MOST_CHANNELS, groups));
    const dilation = step.dilation;
    const padding = [height, width].map((length, axis) => {
      const reach = dilation * (step.kernel[axis]! - 1);
      return step.padding === 'none' && reach < length ? 0 : Math.ceil(reach / 2);
    }) as [number, number];
    return this.#builder.conv2d(input, {
      name,
      outChannels: outChannels - (outChannels % groups),
      kernel: step.kernel,
      stride: step.stride,
      padding,
      dilation,
      groups,
      bias: step.flag,
    });
  }

  #concatenable(reads: readonly number[], [, height, width]: Shape): NodeId[] {
    let channels = 0;
    return reads
      .map((back) => this.#read(back))
      .filter((id, k) => {
        const [c, h, w] = this.#shape(id);
        const fits = h === height && w === width && (k === 0 || channels + c <= MOST_CHANNELS);
        if (fits) channels += c;
        return fits;
      });
  }
}

/** A slice, a shuffle in two groups, or the channels backwards. */
function selection(available: number, { channels, flag, grouping }: Step): number[] {
  const all = Array.from({ length: available }, (_, k) => k);
  if (grouping === 'one') return all.slice(0, Math.min(channels, available));
  if (flag || available % 2 === 1) return all.reverse();
  return all.map((k) => (k % 2) * (available / 2) + Math.floor(k / 2));
}

function pooling([, height, width]: Shape, { kernel, stride, padding }: Step) {
  const paddings = [height, width].map((length, axis) =>
    padding === 'none' && kernel[axis]! <= length ? 0 : Math.floor(kernel[axis]! / 2),
  ) as [number, number];
  return { kernel, stride, padding: paddings };
}

/** The wanted sides, less whatever would crop everything or grow without end. */
function sidesFor([, height, width]: Shape, [top, bottom, left, right]: Step['sides']) {
  const within = (first: number, last: number, length: number): readonly [number, number] =>
    Math.max(-first, 0) + Math.max(-last, 0) >= length || length + first + last > LARGEST_SIDE
      ? [0, 0]
      : [first, last];
  const rows = within(top, bottom, height);
  const columns = within(left, right, width);
  return { top: rows[0], bottom: rows[1], left: columns[0], right: columns[1] };
}
