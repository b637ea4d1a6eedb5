import {
  type ActivationFunction,
  channelSelection,
  checkCoefficients,
  type Graph,
  liveNodes,
  type Node,
  type NodeId,
} from '@tenas/graph';
import { layerOf, size, unsupported } from './python-layer.js';
import { pythonPiece } from './python-source.js';
import { bracketed, fits, pythonNumber, pythonString, VariableNames } from './python-text.js';

type NodeOf<Op extends Node['op']> = Extract<Node, { op: Op }>;

const ACTIVATIONS: Readonly<Record<ActivationFunction, string>> = {
  relu6: 'F.relu6',
  hardSwish: 'F.hardswish',
  hardSigmoid: 'F.hardsigmoid',
  sigmoid: 'torch.sigmoid',
  swish: 'F.silu',
};

const INDENT = '        ';

/**
 * Any graph as a module: its layers by their names, and `forward` line by line, a node each. All parameters of the graph
 * are in it; terms of a mix with coefficient 0 are not, and neither is what only they need.
 *
 * @param coefficients one for each of the graph's slots
 * @throws TenasError COEFFICIENTS_INVALID; PYTORCH_UNSUPPORTED for names of parameters that PyTorch cannot have
 */
export function flatNetwork(graph: Graph, coefficients: ArrayLike<number>): string {
  checkCoefficients(graph, coefficients);
  const live = liveNodes(graph, coefficients);
  const forward = new ForwardWriter(graph, coefficients);
  for (const node of graph.nodes) if (live[node.id]) forward.add(node);
  return [
    pythonPiece('layers'),
    '',
    '',
    'class Network(Layers):',
    '    """The network, a line for each operation."""',
    '',
    '    def __init__(self):',
    `${INDENT}super().__init__()`,
    ...layerLines(graph),
    '',
    '    def forward(self, images):',
    ...(forward.lines.some((line) => line.includes(' = layer(')) ? [`${INDENT}layer = self.layer`] : []),
    ...forward.lines,
    `${INDENT}return ${forward.output()}`,
  ].join('\n');
}

function layerLines(graph: Graph): string[] {
  const paths = new Set<string>();
  return graph.nodes.flatMap((node) => {
    const layer = layerOf(graph, node);
    if (layer === null) return [];
    const { path, type, options } = layer;
    if (paths.has(path)) throw unsupported(path, 'two layers have this name; a module of PyTorch has one');
    paths.add(path);
    return [bracketed(`${INDENT}self.add(${pythonString(path)}, ${type}(`, options, '))')];
  });
}

/** Values are [N, C, H, W] except what a linear layer makes, [N, C]. */
interface Value {
  readonly name: string;
  readonly rank: 2 | 4;
}

/** The lines of `forward`. */
class ForwardWriter {
  readonly lines: string[] = [];
  readonly #names = new VariableNames();
  readonly #values = new Map<NodeId, Value>();

  constructor(
    private readonly graph: Graph,
    private readonly coefficients: ArrayLike<number>,
  ) {}

  add(node: Node): void {
    this.#values.set(node.id, this.#value(node));
  }

  /** The result: [N, C] if it is one pixel. */
  output(): string {
    const { output, nodes } = this.graph;
    const [, height, width] = nodes[output]!.shape;
    return height === 1 && width === 1 ? this.#flat(output) : this.#map(output);
  }

  #value(node: Node): Value {
    switch (node.op) {
      case 'input':
        return { name: 'images', rank: 4 };
      case 'conv2d':
      case 'batchNorm':
        return this.#layer(node, this.#map(node.input));
      case 'relu': {
        const { name, rank } = this.#values.get(node.input)!;
        return this.#call(node, 'F.relu', [name], rank);
      }
      case 'activation': {
        const { name, rank } = this.#values.get(node.input)!;
        return this.#call(node, ACTIVATIONS[node.function], [name], rank);
      }
      case 'scale':
        return this.#line(node, `${this.#map(node.input)} * ${this.#map(node.factor)}`);
      case 'selectChannels':
        return this.#selectChannels(node);
      case 'avgPool2d': {
        const counted = node.countIncludePad ? [] : ['count_include_pad=False'];
        return this.#call(node, 'F.avg_pool2d', [...this.#window(node), ...counted]);
      }
      case 'maxPool2d':
        return this.#call(node, 'F.max_pool2d', this.#window(node));
      case 'pad2d':
        return this.#line(node, this.#padded(node));
      case 'mix':
        return this.#mix(node);
      case 'concat': {
        const inputs = node.inputs.map((id) => this.#map(id));
        return this.#write(node, (name) => bracketed(`${INDENT}${name} = torch.cat([`, inputs, '], dim=1)'));
      }
      case 'globalAvgPool':
        return this.#line(node, `${this.#map(node.input)}.mean((2, 3), keepdim=True)`);
      case 'linear':
        return this.#layer(node, this.#flat(node.input), 2);
    }
  }

  #layer(node: Node, input: string, rank: 2 | 4 = 4): Value {
    const path = pythonString(layerOf(this.graph, node)!.path);
    return this.#write(
      node,
      (name) => {
        const called = bracketed(`${INDENT}${name} = layer(${path})(`, [input], ')');
        if (called.split('\n').every(fits)) return called;
        return [`${INDENT}${name} = layer(`, `${INDENT}    ${path}`, `${INDENT})(${input})`].join('\n');
      },
      rank,
    );
  }

  #selectChannels(node: NodeOf<'selectChannels'>): Value {
    const [available] = this.graph.nodes[node.input]!.shape;
    const value = this.#map(node.input);
    const selection = channelSelection(node.channels, available);
    switch (selection.kind) {
      case 'slice':
        return this.#line(node, `${value}[:, ${selection.start}:${selection.end}]`);
      case 'shuffle': {
        const parts = `(${selection.groups}, ${available / selection.groups})`;
        return this.#chain(node, [`${value}.unflatten(1, ${parts})`, '.transpose(1, 2)', '.flatten(1, 2)']);
      }
      case 'list': {
        const channels = node.channels.map(String);
        return this.#write(node, (name) => bracketed(`${INDENT}${name} = ${value}[:, [`, channels, ']]'));
      }
    }
  }

  #window({ input, kernel, stride, padding }: NodeOf<'avgPool2d' | 'maxPool2d'>): string[] {
    return [this.#map(input), size(kernel), size(stride), size(padding)];
  }

  /** Zeros come first, the crop second: a crop alone may leave nothing of the input. */
  #padded({ input, top, bottom, left, right }: NodeOf<'pad2d'>): string {
    const grown = [left, right, top, bottom].map((side) => Math.max(side, 0));
    const value = this.#map(input);
    const padded = grown.some((side) => side > 0) ? `F.pad(${value}, (${grown.join(', ')}))` : value;
    const [rows, columns] = [slice(top, bottom), slice(left, right)];
    return rows === ':' && columns === ':' ? padded : `${padded}[:, :, ${rows}, ${columns}]`;
  }

  #mix(node: NodeOf<'mix'>): Value {
    const terms = node.inputs.flatMap((id, index) => {
      const slot = node.slots[index]!;
      const factor = slot < 0 ? 1 : this.coefficients[slot]!;
      return factor === 0 ? [] : [{ id, factor }];
    });
    const [first] = terms;
    if (first === undefined)
      return this.#line(node, `images.new_zeros(images.shape[0], ${node.shape.join(', ')})`);
    if (terms.length === 1 && first.factor === 1) return this.#values.get(first.id)!;
    const texts = terms.map(({ id, factor }) =>
      factor === 1 ? this.#map(id) : `${pythonNumber(factor)} * ${this.#map(id)}`,
    );
    return this.#write(node, (name) => {
      const line = `${INDENT}${name} = ${texts.join(' + ')}`;
      if (fits(line)) return line;
      const rest = texts.slice(1).map((text) => `${INDENT}    + ${text}`);
      return [`${INDENT}${name} = (`, `${INDENT}    ${texts[0]}`, ...rest, `${INDENT})`].join('\n');
    });
  }

  /** Methods called one after the other, a line each if they need more than one. */
  #chain(node: Node, calls: readonly string[]): Value {
    return this.#write(node, (name) => {
      const line = `${INDENT}${name} = ${calls.join('')}`;
      if (fits(line)) return line;
      const lines = calls.map((call) => `${INDENT}    ${call}`);
      return [`${INDENT}${name} = (`, ...lines, `${INDENT})`].join('\n');
    });
  }

  #line(node: Node, expression: string): Value {
    return this.#write(node, (name) => `${INDENT}${name} = ${expression}`);
  }

  #call(node: Node, called: string, inputs: readonly string[], rank: 2 | 4 = 4): Value {
    return this.#write(node, (name) => bracketed(`${INDENT}${name} = ${called}(`, inputs, ')'), rank);
  }

  #write(node: Node, text: (name: string) => string, rank: 2 | 4 = 4): Value {
    const name = this.#names.of(node.name);
    this.lines.push(text(name));
    return { name, rank };
  }

  /** The value as [N, C, H, W]. */
  #map(id: NodeId): string {
    const { name, rank } = this.#values.get(id)!;
    return rank === 4 ? name : `${name}[:, :, None, None]`;
  }

  /** A one-pixel value as [N, C]. */
  #flat(id: NodeId): string {
    const { name, rank } = this.#values.get(id)!;
    return rank === 2 ? name : `${name}.flatten(1)`;
  }
}

/** A slice that leaves out what negative sides crop. */
function slice(before: number, after: number): string {
  return `${before < 0 ? -before : ''}:${after < 0 ? after : ''}`;
}
