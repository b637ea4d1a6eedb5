import type { Graph } from '@tenas/graph';
import { flatNetwork } from './flat-network.js';
import { pythonFile, pythonPiece } from './python-source.js';
import { textConstant } from './python-text.js';
import { READABLE_SPACES } from './readable/index.js';

/** Settings of {@link pytorchModel}; everything may be left out. */
export interface PytorchModelOptions {
  /** The architecture that the graph is of: gives the networks of built-in spaces their well-known classes. */
  readonly architecture?: { readonly space: string; readonly genotype: string } | undefined;
  /** Mixing coefficients, one for each of `graph.slots`; needed if the graph has slots. */
  readonly coefficients?: ArrayLike<number> | undefined;
  /** Version of the tool, for the first lines of the file. */
  readonly toolVersion?: string | undefined;
}

/** A network as PyTorch code. */
export interface PytorchModel {
  /** The file `model.py`, which needs torch and the standard library. Its class is `Network`. */
  readonly source: string;
  /** Whether `Network` takes `auxiliary`, for a second classifier in training, and has the attribute `drop_path_prob`. */
  readonly auxiliary: boolean;
}

/**
 * Writes a graph as a PyTorch module, a subclass of `torch.nn.Module` called `Network`. Names and shapes of its
 * `state_dict` are those of the graph's parameters. In: float32 [N, C, H, W]. Out: logits [N, classes] ([N, C, H, W] if
 * the graph ends in a feature map); those of the spaces that take `auxiliary` give a pair in training when it is on.
 *
 * Networks of the built-in spaces are written with the classes that people know (`InferCell`, `SepConv`, ...), and their
 * architecture as a literal. All others are written as one module with a line for each operation.
 *
 * @throws TenasError GENOTYPE_SYNTAX for a text that is no architecture of the space; COEFFICIENTS_INVALID;
 *   PYTORCH_UNSUPPORTED for names of parameters that no module of PyTorch can have
 */
export function pytorchModel(graph: Graph, options: PytorchModelOptions = {}): PytorchModel {
  const { architecture, coefficients = [], toolVersion } = options;
  const readable = architecture && READABLE_SPACES.get(architecture.space)?.(architecture.genotype, graph);
  const constants = readable?.constants ?? [];
  const named = architecture
    ? [textConstant('SPACE', architecture.space), textConstant('ARCHITECTURE', architecture.genotype)]
    : [];
  const code = readable?.pieces.map(pythonPiece) ?? [flatNetwork(graph, coefficients)];
  const imports = importsOf([...constants, ...code].join('\n'));
  const head = [docstring(graph, toolVersion), '', ...imports];
  const facts = [...constants, ...(readable ? [] : named)];
  return {
    source: pythonFile([[...head, ...(facts.length > 0 ? ['', ...facts] : [])].join('\n'), ...code]),
    auxiliary: readable?.auxiliary ?? false,
  };
}

function importsOf(code: string): string[] {
  const uses = (word: RegExp) => word.test(code);
  const modules = [
    ...(uses(/\bmath\./) ? ['import math'] : []),
    ...(uses(/\bnamedtuple\(/) ? ['from collections import namedtuple'] : []),
  ];
  const standard = modules.length > 0 ? [...modules, ''] : [];
  return [
    ...standard,
    ...(uses(/\btorch\./) ? ['import torch'] : []),
    ...(uses(/\bF\./) ? ['import torch.nn.functional as F'] : []),
    'from torch import nn',
  ];
}

function docstring(graph: Graph, toolVersion: string | undefined): string {
  const { shape } = graph.nodes[graph.input]!;
  const version = toolVersion === undefined ? '' : ` ${toolVersion}`;
  return [
    `"""A network that tenas${version} found or was given, as a PyTorch module.`,
    '',
    `Images: float32 [N, ${shape.join(', ')}], normalised as config.json says.`,
    'Result: one logit for each class; softmax makes probabilities of them.',
    '"""',
  ].join('\n');
}
