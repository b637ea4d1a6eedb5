import { integer, oneOf, text } from '../../flag-values.js';
import { flag, repeatedFlag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { onnxFlags } from '../../onnx-flags.js';
import { architectureFlags, seedFlag, threadsFlag } from '../../shared-flags.js';

const size = integer(1, 65_536).optional();

/** How `tenas export` is used. */
export const exportUsage = usage({
  flags: {
    ...architectureFlags(', and its scores or its size and weights,'),
    ...onnxFlags('file'),
    format: flag(
      '<name>',
      'onnx, or pytorch: a folder with model.py, train.py, the weights and a model card',
      oneOf(['onnx', 'pytorch']).default('onnx'),
    ),
    out: flag(
      '<path>',
      'the ONNX file to write, or the folder for PyTorch',
      text('a file or a folder').optional(),
    ),
    web: flag(
      '<dir>',
      'write a page that runs the network in a browser on pictures; needs the npm package onnxruntime-web',
      text('a folder').optional(),
    ),
    dataset: flag(
      '<name>',
      'size for: cifar10 (default), cifar100, imagenet16-120, imagenet-1k, or folder: the pictures in --data',
      oneOf(['cifar10', 'cifar100', 'imagenet16-120', 'imagenet-1k', 'folder']).optional(),
    ),
    data: flag(
      '<dir>',
      'folder of the dataset: class names, and images to calibrate batch norm on',
      text('a folder').optional(),
    ),
    classes: flag('<n>', 'number of classes (default: the dataset’s)', size),
    channels: flag(
      '<n>',
      'channels of the first cells (default: those of the space’s network for the dataset)',
      size,
      { formerly: 'C' },
    ),
    cells: flag(
      '<n>',
      'cells, per stage or in all as the space counts them (default: those of that network)',
      integer(1, 1000).optional(),
      { formerly: 'N' },
    ),
    inputSize: flag('<n>', 'height and width of the input (default: the dataset’s)', size),
    opset: flag('<n>', 'ONNX opset (default: 17)', integer(1, 1000).optional()),
    batch: flag(
      '<n>',
      'images in every batch, for runtimes that know no open sizes (default: any number)',
      integer(1, 65_536).optional(),
    ),
    weights: flag(
      '<file>',
      'safetensors file with the reference state_dict names (default: the one beside the record of a training)',
      text('a safetensors file').optional(),
    ),
    ignoreWeights: repeatedFlag(
      '<pattern>',
      'leave out tensors of the file whose names are like it: * stands for any text; may be repeated',
      text('a name, with * for any text'),
    ),
    calibrate: toggle(
      'measure the statistics of batch norm on images of --data (always done with --data but without --weights)',
    ),
    foldBatchNorm: toggle(
      'fold batch norms into the convolutions before them, where nothing else reads these',
    ),
    seed: seedFlag('seed of the weights where no file is given'),
    threads: threadsFlag('threads of the check (default: all)'),
    check: toggle('run the file in onnxruntime and compare it with our own forward pass'),
    front: toggle('write the architectures on the front of --record, each as a file, into the folder --out'),
    top: flag(
      '<k>',
      'of the front the first k, the best by the first objective',
      integer(1, 1_000_000).optional(),
    ),
    knees: toggle('of the front the knees alone'),
    force: toggle('replace an existing file, or the files of an existing folder'),
  },
  examples: [
    "tenas export --arch '|...|+|...|...|+|...|...|...|' --classes 10 --out net.onnx --check",
    'tenas export --record tenas-out/search.json --out net.onnx',
    'tenas export --record tenas-out/search.json --format pytorch --out net',
    'tenas export --onnx net.onnx --format pytorch --out net',
    'tenas export --record net/train.json --fold-batch-norm --out net.onnx',
    'tenas export --record tenas-out/search.json --front --knees --out nets',
    "tenas export --arch '|...|' --dataset folder --data photos --out net.onnx",
    'tenas export --record tenas-out/search.json --weights model.safetensors --web page',
    "tenas export --arch '|...|' --weights trained.safetensors --out net.onnx --check --force",
  ],
});
