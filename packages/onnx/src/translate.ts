import { channelSelection, type Graph, type Node, type NodeId, type ParamId, type Shape } from '@tenas/graph';
import { TensorProto_DataType } from 'onnx-buf';
import { activationOf } from './activation.js';
import type { ModelWriter } from './model-writer.js';

/** Symbol of the dynamic batch dimension in every shape of the model. */
export const BATCH = 'N';

/** The input of the translation: the graph, which nodes to write, and the coefficient of every mixing term. */
export interface TranslationSource {
  readonly graph: Graph;
  readonly live: readonly boolean[];
  /** Which nodes are zeros for every image. */
  readonly zero: readonly boolean[];
  /** Coefficient of a mixing slot; slot -1 is the constant 1. */
  readonly coefficient: (slot: number) => number;
  /** Name of a parameter's initializer. */
  readonly parameter: (id: ParamId) => string;
  readonly inputName: string;
  /** Images in a batch, or the symbol for any number. */
  readonly batch: number | string;
}

type NodeOf<Op extends Node['op']> = Extract<Node, { op: Op }>;

/**
 * ONNX values are [N, C, H, W] except what a Gemm makes, [N, C]. A graph value may be wanted in both ranks;
 * each conversion is written once.
 */
interface Value {
  readonly name: string;
  readonly rank: 2 | 4;
}

/**
 * Writes the live nodes of a graph into `writer`, in order.
 * @returns the name of the value that holds the graph's output: [N, C] if the output is one pixel, else [N, C, H, W].
 */
export function translateGraph(source: TranslationSource, writer: ModelWriter): string {
  const translation = new Translation(source, writer);
  for (const node of source.graph.nodes) if (source.live[node.id]) translation.add(node);
  return translation.output();
}

class Translation {
  readonly #values = new Map<NodeId, Value>();
  readonly #converted = new Map<string, string>();
  /** Values that a Pad makes. */
  readonly #padded = new Set<string>();

  constructor(
    private readonly source: TranslationSource,
    private readonly writer: ModelWriter,
  ) {}

  add(node: Node): void {
    const value = this.source.zero[node.id] ? this.#zeros(node) : this.#translate(node);
    this.#values.set(node.id, value);
  }

  output(): string {
    const { graph } = this.source;
    const [, height, width] = graph.nodes[graph.output]!.shape;
    return height === 1 && width === 1 ? this.#flat(graph.output) : this.#map(graph.output);
  }

  #translate(node: Node): Value {
    switch (node.op) {
      case 'input':
        return { name: this.source.inputName, rank: 4 };
      case 'conv2d':
        return this.#convolution(node);
      case 'batchNorm':
        return this.#batchNorm(node);
      case 'relu': {
        const { name, rank } = this.#values.get(node.input)!;
        return { name: this.#write(node.name, 'Relu', [name], shapeOf(node, rank, this.source.batch)), rank };
      }
      case 'activation':
        return this.#activation(node);
      case 'scale':
        return this.#emit(node, 'Mul', [this.#map(node.input), this.#map(node.factor)]);
      case 'selectChannels':
        return this.#selectChannels(node);
      case 'avgPool2d':
        return this.#emit(node, 'AveragePool', [this.#poolable(node.input)], {
          ...window(node),
          count_include_pad: node.countIncludePad ? 1 : 0,
        });
      case 'maxPool2d':
        return this.#emit(node, 'MaxPool', [this.#poolable(node.input)], window(node));
      case 'pad2d':
        return this.#pad(node);
      case 'mix':
        return this.#mix(node);
      case 'concat': {
        const inputs = node.inputs.map((id) => this.#map(id));
        return this.#emit(node, 'Concat', inputs, { axis: 1 });
      }
      case 'globalAvgPool':
        return this.#emit(node, 'GlobalAveragePool', [this.#map(node.input)]);
      case 'linear':
        return this.#linear(node);
    }
  }

  #activation(node: NodeOf<'activation'>): Value {
    const { name, rank } = this.#values.get(node.input)!;
    const shape = shapeOf(node, rank, this.source.batch);
    const { opType, bounds, attributes, timesInput } = activationOf(node.function);
    const inputs = bounds.map((bound) => this.writer.floatConstant(`bound_${bound}`, [], bound));
    const own = timesInput ? `${node.name}/gate` : node.name;
    const value = this.#write(own, opType, [name, ...inputs], shape, attributes);
    if (!timesInput) return { name: value, rank };
    return { name: this.#write(node.name, 'Mul', [name, value], shape), rank };
  }

  /** A slice, a shuffle of groups (a transposed view), or else a list of indices. */
  #selectChannels(node: NodeOf<'selectChannels'>): Value {
    const [available, height, width] = this.source.graph.nodes[node.input]!.shape;
    const value = this.#map(node.input);
    const selection = channelSelection(node.channels, available);
    if (selection.kind === 'slice') {
      const bounds = [[selection.start], [selection.end], [1]].map((numbers) =>
        this.writer.intConstant(`indices_${numbers}`, numbers),
      );
      return this.#emit(node, 'Slice', [value, ...bounds]);
    }
    if (selection.kind === 'list') {
      const indices = this.writer.intConstant(`${node.name}/channels`, node.channels);
      return this.#emit(node, 'Gather', [value, indices], { axis: 1 });
    }
    const { groups } = selection;
    const reshape = (name: string, from: string, shape: readonly number[]) => {
      // 0 keeps the batch.
      const sizes = this.writer.intConstant(`shape_0_${shape.join('_')}`, [0, ...shape]);
      return this.#write(name, 'Reshape', [from, sizes], [this.source.batch, ...shape]);
    };
    const parted = reshape(`${node.name}/groups`, value, [groups, available / groups, height, width]);
    const swapped = [this.source.batch, available / groups, groups, height, width];
    const turned = this.#write(`${node.name}/turned`, 'Transpose', [parted], swapped, {
      perm: [0, 2, 1, 3, 4],
    });
    return { name: reshape(node.name, turned, node.shape), rank: 4 };
  }

  #convolution(node: NodeOf<'conv2d'>): Value {
    const inputs = [this.#map(node.input), this.source.parameter(node.weight)];
    if (node.bias !== null) inputs.push(this.source.parameter(node.bias));
    const attributes = { ...window(node), dilations: node.dilation, group: node.groups };
    return this.#emit(node, 'Conv', inputs, attributes);
  }

  /** Eval mode: the running statistics normalise; scale and shift are 1 and 0 when the layer is not affine. */
  #batchNorm(node: NodeOf<'batchNorm'>): Value {
    const channels = node.shape[0];
    const { parameter } = this.source;
    const scale =
      node.weight === null
        ? this.writer.floatConstant(`ones_${channels}`, [channels], 1)
        : parameter(node.weight);
    const shift =
      node.bias === null
        ? this.writer.floatConstant(`zeros_${channels}`, [channels], 0)
        : parameter(node.bias);
    const inputs = [
      this.#map(node.input),
      scale,
      shift,
      parameter(node.runningMean),
      parameter(node.runningVar),
    ];
    return this.#emit(node, 'BatchNormalization', inputs, { epsilon: { float: node.eps } });
  }

  /**
   * Positive sides are a Pad, negative ones a Slice after it. Pad alone would take negative sizes too, but few
   * runtimes do; and padding first stays right where a crop alone would leave nothing.
   */
  #pad(node: NodeOf<'pad2d'>): Value {
    const [channels, height, width] = this.source.graph.nodes[node.input]!.shape;
    const grow = sides(node, (side) => Math.max(side, 0));
    const crop = sides(node, (side) => Math.max(-side, 0));
    const crops = Object.values(crop).some((side) => side > 0);
    let value = this.#map(node.input);
    if (Object.values(grow).some((side) => side > 0)) {
      const shape: Shape = [channels, height + grow.top + grow.bottom, width + grow.left + grow.right];
      value = this.#grow(crops ? `${node.name}/pad` : node.name, value, grow, shape);
    }
    if (crops) value = this.#crop(node.name, value, crop, node.shape);
    return { name: value, rank: 4 };
  }

  #grow(name: string, value: string, { top, bottom, left, right }: Sides, shape: Shape): string {
    const pads = [0, 0, top, left, 0, 0, bottom, right];
    const inputs = [value, this.writer.intConstant(`pads_${pads.join('_')}`, pads)];
    const padded = this.#write(name, 'Pad', inputs, [this.source.batch, ...shape]);
    this.#padded.add(padded);
    return padded;
  }

  /** Cuts the window of `shape` that starts at the top and left sides. */
  #crop(name: string, value: string, { top, left }: Sides, shape: Shape): string {
    const starts = [top, left];
    const ends = [top + shape[1], left + shape[2]];
    const inputs = [
      value,
      this.writer.intConstant(`indices_${starts.join('_')}`, starts),
      this.writer.intConstant(`indices_${ends.join('_')}`, ends),
      this.writer.intConstant('axes_2_3', [2, 3]),
    ];
    return this.#write(name, 'Slice', inputs, [this.source.batch, ...shape]);
  }

  /**
   * The value as input of a pooling. onnxruntime (1.30 and before) and onnx-optimizer merge a Pad into the padding of a
   * following MaxPool, as if a maximum over zeros were one over nothing, or refuse the sum of both paddings. One more row
   * that is cut off again keeps them apart. No network of a search space pools what it has just padded.
   */
  #poolable(id: NodeId): string {
    const value = this.#map(id);
    if (!this.#padded.has(value)) return value;
    const name = `${value}/apart`;
    return this.#convert(name, () => {
      const { shape } = this.source.graph.nodes[id]!;
      const row = { top: 0, bottom: 1, left: 0, right: 0 };
      const grown = this.#grow(`${name}/pad`, value, row, [shape[0], shape[1] + 1, shape[2]]);
      return this.#crop(name, grown, row, shape);
    });
  }

  /** Zeros and terms with coefficient 0 vanish, a coefficient of 1 costs nothing, a single such term is just passed on. */
  #mix(node: NodeOf<'mix'>): Value {
    const shape = [this.source.batch, ...node.shape];
    const terms = node.inputs
      .map((input, index) => ({ input, index, coefficient: this.source.coefficient(node.slots[index]!) }))
      .filter(({ input, coefficient }) => coefficient !== 0 && !this.source.zero[input]);
    if (terms.length === 1 && terms[0]!.coefficient === 1) return this.#values.get(terms[0]!.input)!;
    const scaled = terms.map(({ input, index, coefficient }) => {
      const value = this.#map(input);
      if (coefficient === 1) return value;
      const factor = this.writer.floatConstant(`coefficient_${coefficient}`, [], coefficient);
      const name = terms.length === 1 ? node.name : `${node.name}/scale_${index}`;
      return this.#write(name, 'Mul', [value, factor], shape);
    });
    if (scaled.length === 1) return { name: scaled[0]!, rank: 4 };
    return this.#emit(node, scaled.length === 2 ? 'Add' : 'Sum', scaled);
  }

  /**
   * Zeros of the node's shape for whatever batch comes in, independent of the input's values (NaN * 0 is NaN). The batch
   * comes from a zero per image, and not from Shape and ConstantOfShape, which OpenCV and WebGL do not run: the place of
   * the largest of one value is 0, also that of NaN. A matrix of zeros spreads it.
   */
  #zeros(node: Node): Value {
    const { batch } = this.source;
    const dims = node.shape.join('_');
    if (typeof batch === 'number') {
      const sizes = [batch, ...node.shape];
      return { name: this.writer.floatConstant(`zeros_${batch}_${dims}`, sizes, 0), rank: 4 };
    }
    const values = node.shape.reduce((product, size) => product * size, 1);
    const rows = this.#convert(`zeros_${values}`, () => {
      const matrix = this.writer.floatConstant(`zeros_${values}_1`, [values, 1], 0);
      const inputs = [this.#zeroPerImage(), matrix];
      return this.#write(`zeros_${values}`, 'Gemm', inputs, [batch, values], { transB: 1 });
    });
    const shape = this.writer.intConstant(`shape_0_${dims}`, [0, ...node.shape]);
    return this.#emit(node, 'Reshape', [rows, shape]);
  }

  /** 0 for each image, as [N, 1]. */
  #zeroPerImage(): string {
    return this.#convert('zero', () => {
      const { batch, inputName } = this.source;
      const [first, second, axes] = [
        [0, 0, 0],
        [1, 1, 1],
        [1, 2, 3],
      ].map((numbers) => this.writer.intConstant(`indices_${numbers.join('_')}`, numbers));
      const pixel = this.#write('zero/pixel', 'Slice', [inputName, first!, second!, axes!], [batch, 1, 1, 1]);
      const flat = this.#write('zero/flat', 'Flatten', [pixel], [batch, 1], { axis: 1 });
      const place = this.#write('zero/place', 'ArgMax', [flat], null, { axis: 1, keepdims: 1 });
      return this.#write('zero', 'Cast', [place], [batch, 1], { to: TensorProto_DataType.FLOAT });
    });
  }

  #linear(node: NodeOf<'linear'>): Value {
    const inputs = [this.#flat(node.input), this.source.parameter(node.weight)];
    if (node.bias !== null) inputs.push(this.source.parameter(node.bias));
    return {
      name: this.#write(node.name, 'Gemm', inputs, [this.source.batch, node.shape[0]], { transB: 1 }),
      rank: 2,
    };
  }

  /** The value as [N, C, H, W]. */
  #map(id: NodeId): string {
    const { name, rank } = this.#values.get(id)!;
    if (rank === 4) return name;
    return this.#convert(`${name}/unflatten`, () => {
      const axes = this.writer.intConstant('axes_2_3', [2, 3]);
      const { shape } = this.source.graph.nodes[id]!;
      return this.#write(`${name}/unflatten`, 'Unsqueeze', [name, axes], [this.source.batch, ...shape]);
    });
  }

  /** A one-pixel value as [N, C]. */
  #flat(id: NodeId): string {
    const { name, rank } = this.#values.get(id)!;
    if (rank === 2) return name;
    return this.#convert(`${name}/flatten`, () => {
      const [channels] = this.source.graph.nodes[id]!.shape;
      return this.#write(`${name}/flatten`, 'Flatten', [name], [this.source.batch, channels], { axis: 1 });
    });
  }

  #convert(key: string, write: () => string): string {
    const known = this.#converted.get(key);
    if (known !== undefined) return known;
    const name = write();
    this.#converted.set(key, name);
    return name;
  }

  #emit(
    node: Node,
    opType: string,
    inputs: readonly string[],
    attributes?: Parameters<ModelWriter['node']>[0]['attributes'],
  ): Value {
    return {
      name: this.#write(node.name, opType, inputs, [this.source.batch, ...node.shape], attributes),
      rank: 4,
    };
  }

  #write(
    name: string,
    opType: string,
    inputs: readonly string[],
    shape: readonly (number | string)[] | null,
    attributes: Parameters<ModelWriter['node']>[0]['attributes'] = {},
  ): string {
    return this.writer.node({ name, opType, inputs, attributes, shape });
  }
}

/** The node's shape as [N, C, H, W], or [N, C]. */
function shapeOf(node: Node, rank: 2 | 4, batch: number | string): readonly (number | string)[] {
  return rank === 4 ? [batch, ...node.shape] : [batch, node.shape[0]];
}

function window(node: NodeOf<'conv2d' | 'avgPool2d' | 'maxPool2d'>) {
  const [padTop, padLeft] = node.padding;
  return { kernel_shape: node.kernel, strides: node.stride, pads: [padTop, padLeft, padTop, padLeft] };
}

interface Sides {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function sides({ top, bottom, left, right }: Sides, map: (side: number) => number): Sides {
  return { top: map(top), bottom: map(bottom), left: map(left), right: map(right) };
}
