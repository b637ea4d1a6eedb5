import { QUICK_RECIPE, type TrainingRecipe } from '@tenas/spaces';
import type { PytorchBundleOptions, PytorchConfig } from './bundle-options.js';
import { pytorchModel } from './model.js';
import { modelCard } from './model-card.js';
import { pythonFile, pythonPiece } from './python-source.js';
import { trainScript } from './train-script.js';

/**
 * The text files of a folder that holds a network for PyTorch, by name: `model.py`, `weights.py` (reads and writes
 * safetensors), `train.py`, `config.json` and the model card `README.md`. `model.safetensors`, with the weights, and
 * `model.onnx` belong beside them.
 *
 * @throws TenasError as {@link pytorchModel}
 */
export function pytorchBundle(options: PytorchBundleOptions): ReadonlyMap<string, string> {
  const { graph, architecture, recipe = QUICK_RECIPE, toolVersion } = options;
  const { source, auxiliary } = pytorchModel(graph, { architecture, toolVersion });
  const config = configOf(options, recipe);
  return new Map([
    ['model.py', source],
    ['weights.py', pythonFile([pythonPiece('weights')])],
    ['train.py', trainScript(recipe, auxiliary)],
    ['config.json', `${JSON.stringify(config, null, 2)}\n`],
    ['README.md', modelCard({ ...options, config, recipe })],
  ]);
}

function configOf(options: PytorchBundleOptions, recipe: TrainingRecipe): PytorchConfig {
  const { graph, architecture, normalisation, cost } = options;
  // Named as PyTorch's users know them; the rest of the size keeps its letters.
  const {
    numClasses: _classes,
    inputShape: _shape,
    ...size
  } = { ...options.size } as Record<string, unknown>;
  return {
    space: architecture.space,
    architecture: architecture.genotype,
    ...size,
    num_classes: graph.nodes[graph.output]!.shape[0],
    input_shape: graph.nodes[graph.input]!.shape,
    mean: normalisation.mean,
    std: normalisation.std,
    dataset: options.dataset ?? null,
    class_names: options.classNames ?? null,
    params: cost.params,
    macs: cost.macs,
    trained: options.trained,
    weights: options.weights,
    seed: options.seed ?? null,
    recipe: recipe.name,
    record_sha256: options.recordHash ?? null,
    tenas_version: options.toolVersion,
  };
}
