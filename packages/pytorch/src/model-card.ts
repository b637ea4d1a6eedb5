import type { TrainingRecipe } from '@tenas/spaces';
import type { PytorchBundleOptions, PytorchConfig } from './bundle-options.js';

/** Names of the hub for datasets that it has. */
const HUB_DATASETS: Readonly<Record<string, string>> = {
  cifar10: 'uoft-cs/cifar10',
  cifar100: 'uoft-cs/cifar100',
  'imagenet-1k': 'ILSVRC/imagenet-1k',
};

/** The model card: the fields that the Hugging Face hub reads, then what this is and how to use it. */
export function modelCard(
  options: PytorchBundleOptions & { readonly config: PytorchConfig; readonly recipe: TrainingRecipe },
): string {
  const { architecture, trained, config } = options;
  const [channels, height, width] = config.input_shape;
  const state = trained
    ? 'This network was trained.'
    : '**This network is UNTRAINED**: train it before you use what it says (see "Train it").';
  return [
    ...frontMatter(options),
    state,
    '',
    `# An image classifier of the space ${inline(architecture.space)}`,
    '',
    ...codeBlock(architecture.genotype),
    '',
    `| | |`,
    '|---|---|',
    `| input | float32 [N, ${channels}, ${height}, ${width}], RGB, (pixel / 255 - mean) / std |`,
    `| mean | ${config.mean.map(short).join(', ')} |`,
    `| std | ${config.std.map(short).join(', ')} |`,
    `| output | ${config.num_classes} logits; softmax gives probabilities |`,
    `| parameters | ${config.params} |`,
    `| multiply-adds per image | ${config.macs} |`,
    `| weights | ${inline(options.weights)} |`,
    ...(options.dataset === undefined ? [] : [`| dataset | ${inline(options.dataset)} |`]),
    `| made with | tenas ${config.tenas_version} |`,
    '',
    ...scoreLines(options),
    ...usage(options),
  ].join('\n');
}

function frontMatter({ architecture, dataset }: PytorchBundleOptions): string[] {
  const hub =
    dataset !== undefined && Object.hasOwn(HUB_DATASETS, dataset) ? HUB_DATASETS[dataset] : undefined;
  return [
    '---',
    'license: mit',
    'library_name: pytorch',
    'pipeline_tag: image-classification',
    'tags:',
    '- neural-architecture-search',
    '- te-nas',
    `- ${JSON.stringify(architecture.space)}`,
    ...(hub === undefined ? [] : ['datasets:', `- ${hub}`]),
    '---',
    '',
  ];
}

function scoreLines({ scores = {}, recordHash }: PytorchBundleOptions): string[] {
  const entries = Object.entries(scores);
  if (entries.length === 0) return [];
  return [
    '## Scores',
    '',
    'As the search measured them, without training. They are no accuracies.',
    '',
    '| metric | value |',
    '|---|---|',
    ...entries.map(([name, value]) => `| ${inline(name)} | ${Number(value.toPrecision(6))} |`),
    '',
    ...(recordHash === undefined ? [] : [`SHA-256 of the search's record: ${inline(recordHash)}`, '']),
  ];
}

function usage({ recipe, config, exportArguments }: Parameters<typeof modelCard>[0]): string[] {
  const paper = recipe.paper === '' ? '' : ` (${recipe.paper.replaceAll(/[\r\n]+/g, ' ')})`;
  const command = ['tenas', 'export', ...exportArguments, '--weights', 'trained.safetensors'];
  return [
    '## Use it',
    '',
    ...codeBlock(
      [
        'import torch',
        'from model import Network',
        'from weights import read_safetensors',
        '',
        'network = Network()',
        'network.load_state_dict(read_safetensors("model.safetensors"))',
        'network.eval()',
        `logits = network(torch.zeros(1, ${config.input_shape.join(', ')}))`,
      ].join('\n'),
      'python',
    ),
    '',
    'PyTorch 1.13 or later is all it needs. `model.onnx` is the same network for ONNX Runtime.',
    '',
    '## Train it',
    '',
    ...codeBlock('python3 train.py --data FOLDER', 'sh'),
    '',
    `The recipe is ${inline(recipe.name)}${paper}: ${recipe.epochs} epochs unless \`--epochs\` says otherwise.`,
    'FOLDER holds the binary files of CIFAR-10 or CIFAR-100, or a folder of pictures for each class (this needs Pillow);',
    'all images are kept in memory. The result is `trained.safetensors`. As ONNX, checked:',
    '',
    ...codeBlock([...command, '--out', 'trained.onnx', '--check'].map(shellWord).join(' '), 'sh'),
    '',
  ];
}

/** Text that Markdown shows as it is, on one line. */
function inline(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
  const ticks = '`'.repeat(1 + longestRun(line));
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

function codeBlock(text: string, language = ''): string[] {
  const fence = '`'.repeat(Math.max(3, 1 + longestRun(text)));
  return [`${fence}${language}`, text, fence];
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** A word of a command for a POSIX shell. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function short(value: number): number {
  return Number(value.toPrecision(6));
}
