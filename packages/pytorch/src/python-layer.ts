import { TenasError } from '@tenas/base';
import type { Graph, Node, Pair, ParamId } from '@tenas/graph';
import { pythonNumber } from './python-text.js';

/** A layer of torch.nn with parameters. */
export interface PythonLayer {
  /** Its name in the module: what stands before `.weight` in the state_dict. */
  readonly path: string;
  /** E.g. `nn.Conv2d`. */
  readonly type: string;
  /** Arguments of its constructor. */
  readonly options: readonly string[];
}

/**
 * The layer of a node that has parameters, null for others.
 *
 * @throws TenasError PYTORCH_UNSUPPORTED for names of parameters that such a layer of PyTorch cannot have
 */
export function layerOf(graph: Graph, node: Node): PythonLayer | null {
  switch (node.op) {
    case 'conv2d': {
      const { stride, padding, dilation, groups, bias } = node;
      const options = [
        `${graph.nodes[node.input]!.shape[0]}`,
        `${node.shape[0]}`,
        size(node.kernel),
        ...unless(1, 'stride', stride),
        ...unless(0, 'padding', padding),
        ...unless(1, 'dilation', dilation),
        ...(groups === 1 ? [] : [`groups=${groups}`]),
        ...(bias === null ? ['bias=False'] : []),
      ];
      return { path: pathOf(graph, { weight: node.weight, bias }), type: 'nn.Conv2d', options };
    }
    case 'batchNorm': {
      const { weight, bias, runningMean: running_mean, runningVar: running_var, eps } = node;
      const path = pathOf(graph, { running_mean, running_var, weight, bias });
      if ((weight === null) !== (bias === null))
        throw unsupported(path, 'this batch norm has only one of weight and bias; PyTorch has both or none');
      const options = [
        `${node.shape[0]}`,
        ...(eps === 1e-5 ? [] : [`eps=${pythonNumber(eps)}`]),
        ...(weight === null ? ['affine=False'] : []),
      ];
      return { path, type: 'nn.BatchNorm2d', options };
    }
    case 'linear': {
      const { weight, bias } = node;
      const features = graph.nodes[node.input]!.shape[0];
      const options = [`${features}`, `${node.shape[0]}`, ...(bias === null ? ['bias=False'] : [])];
      return { path: pathOf(graph, { weight, bias }), type: 'nn.Linear', options };
    }
    default:
      return null;
  }
}

/** A height and a width as PyTorch takes them: one number where they are equal. */
export function size([height, width]: Pair): string {
  return height === width ? `${height}` : `(${height}, ${width})`;
}

function unless(usual: number, name: string, pair: Pair): string[] {
  return pair.every((one) => one === usual) ? [] : [`${name}=${size(pair)}`];
}

/** What stands before the names that PyTorch gives to a layer's parameters. */
function pathOf(graph: Graph, ids: Readonly<Record<string, ParamId | null>>): string {
  let path: string | undefined;
  for (const [ending, id] of Object.entries(ids)) {
    if (id === null) continue;
    const { name } = graph.params[id]!;
    const before = name.endsWith(`.${ending}`) ? name.slice(0, -ending.length - 1) : undefined;
    if (before === undefined || before === '' || before !== (path ?? before))
      throw unsupported(name, `PyTorch's name for it would be ${path ?? 'LAYER'}.${ending}`);
    path = before;
  }
  return path!;
}

/** The error for a graph that no module of PyTorch is like. */
export function unsupported(name: string, problem: string): TenasError {
  return new TenasError('PYTORCH_UNSUPPORTED', `parameter ${JSON.stringify(name)}: ${problem}`, {
    field: name,
    value: name,
  });
}
