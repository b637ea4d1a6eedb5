import { TenasError } from '@tenas/base';
import { NORMALISATION } from '@tenas/data';
import type { Graph } from '@tenas/graph';
import { boundedClassNames, type ModelOrigin } from '@tenas/onnx';
import type { ModelPageOptions } from '@tenas/report';
import { MODEL_FILE } from './targets.js';
import { RUNTIME_FILES, readWebRuntime, type WebRuntime } from './web-runtime.js';

const SCRIPT = 'page.js';

/**
 * The runtime of a page, for a network that pictures fit.
 * @throws TenasError OPTION_INVALID, ONNXRUNTIME_UNAVAILABLE
 */
export async function runtimeFor(graph: Graph): Promise<WebRuntime> {
  const [channels] = graph.nodes[graph.input]!.shape;
  if (channels === 3) return await readWebRuntime();
  throw new TenasError('OPTION_INVALID', `--web: the network takes ${channels} channels; pictures have 3`, {
    field: '--web',
    value: channels,
  });
}

/** The files of `--web` by name: a page, its script, its runtime and the model. */
export async function webFiles(
  graph: Graph,
  origin: ModelOrigin,
  model: Uint8Array,
  runtime: WebRuntime,
): Promise<Map<string, string | Uint8Array>> {
  // Loaded here: it draws figures too, which takes its time.
  const { modelPage } = await import('@tenas/report');
  const { html, script } = modelPage(pageOptions(graph, origin));
  return new Map([...runtime, [MODEL_FILE, model], [SCRIPT, script], ['index.html', html]]);
}

function pageOptions(graph: Graph, origin: ModelOrigin): ModelPageOptions {
  const [, height, width] = graph.nodes[graph.input]!.shape;
  const [classes] = graph.nodes[graph.output]!.shape;
  // The means of ImageNet, as for folders of pictures, where nothing says what the network is for.
  const { mean, std } = origin.normalisation ?? NORMALISATION.folder;
  const named = boundedClassNames(origin.classNames ?? []);
  return {
    ...RUNTIME_FILES,
    ...{ model: MODEL_FILE, script: SCRIPT, height, width },
    mean: mean.map((value) => value / 255),
    std: std.map((value) => value / 255),
    classes: Array.from({ length: classes }, (_, index) => named[index] ?? `class ${index}`),
    trained: origin.trained === true,
    facts: [
      ['Architecture', origin.genotype],
      ['Space', origin.space],
      ['Dataset', origin.dataset],
      ['Weights', origin.weights],
      ['Batch norm', origin.calibration === undefined ? undefined : `calibrated on ${origin.calibration}`],
      ['To cite', origin.papers?.join('; ')],
    ].flatMap(([label, value]) =>
      label === undefined || value === undefined ? [] : [[label, value] as const],
    ),
  };
}
