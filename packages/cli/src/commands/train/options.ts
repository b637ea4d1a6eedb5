import { QUICK_RECIPE, TRAINING_RECIPES, type TrainingRecipe } from '@tenas/spaces/definitions';
import { trainingSettings } from '@tenas/train/definitions';
import { z } from 'zod';
import { optionInvalid } from '../../flag-reading.js';
import { integer, oneOf, text } from '../../flag-values.js';
import { flag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { onnxFlags } from '../../onnx-flags.js';
import { type SettingsOwner, settingsFlag, settingsHelp } from '../../settings-option.js';
import { architectureFlags, imageFlags, imageSizeFlag, seedFlag, threadsFlag } from '../../shared-flags.js';

const size = integer(1, 65_536).optional();

const recipeNames = TRAINING_RECIPES.map(({ name }) => name).join(', ');

/** A number of images, or a share of them; 0: none. */
const heldOut = z.coerce
  .number({ error: () => wantedHeldOut })
  .refine((value) => value >= 0 && (value < 1 || Number.isSafeInteger(value)), { error: () => wantedHeldOut })
  .default(0.1);
const wantedHeldOut = 'a share below 1, such as 0.1, or a number of images; 0 for none';

/**
 * A recipe by its name.
 * @param own that of the space, which is known by its name too
 * @throws TenasError OPTION_INVALID
 */
export function recipeNamed(name: string, own?: TrainingRecipe | undefined): TrainingRecipe {
  const known = [...TRAINING_RECIPES, ...(own === undefined ? [] : [own])];
  const found = known.find((recipe) => recipe.name === name);
  if (found !== undefined) return found;
  throw optionInvalid(
    '--recipe',
    name,
    `one of ${[...new Set(known.map((recipe) => recipe.name))].join(', ')}`,
  );
}

/** The owner of the settings of a training by a recipe, for `--set`. */
export function ownerOf(recipe: TrainingRecipe): SettingsOwner<ReturnType<typeof trainingSettings>> {
  return { title: `the recipe ${recipe.name}`, schema: trainingSettings(recipe) };
}

/** The recipe of a space that `--space` names. Spaces are loaded for it only. */
async function ownRecipe(space: string): Promise<TrainingRecipe | undefined> {
  const { PlugIns } = await import('../../plug-ins.js');
  return (await new PlugIns().space(space)).recipe;
}

/** How `tenas train` is used. */
export const trainUsage = usage({
  flags: {
    ...architectureFlags(''),
    ...onnxFlags('seeded'),
    ...imageFlags,
    images: flag('<n>', 'train on so many images of the dataset (default: all)', integer(2).optional()),
    imageSize: imageSizeFlag(', or as the ONNX file has it'),
    validation: flag('<n>', 'images held out of the training ones, as a number or a share; 0: none', heldOut),
    recipe: flag('<name>', `training recipe: ${recipeNames}`, text('a recipe').default(QUICK_RECIPE.name), {
      words: TRAINING_RECIPES.map(({ name }) => name),
    }),
    epochs: flag('<n>', 'epochs (default: the recipe’s)', integer(1, 100_000).optional()),
    batch: flag('<n>', 'images in a batch (default: the recipe’s)', integer(1, 65_536).optional()),
    set: settingsFlag('a figure of the recipe, or what is learned, see below'),
    channels: flag('<n>', 'channels of the first cells (default: as published for training)', size),
    cells: flag(
      '<n>',
      'cells, per stage or in all as the space counts them (default: as published for training)',
      integer(1, 1000).optional(),
    ),
    seed: seedFlag('seed of weights, order, augmentation and held-out images'),
    threads: threadsFlag('threads (default: all); the result does not depend on it'),
    device: flag('<name>', 'cpu or cuda: where to train (default: cpu)', oneOf(['cpu', 'cuda']).optional()),
    out: flag('<dir>', 'folder for weights, ONNX file, record and checkpoint', text('a folder')),
    resume: toggle('go on from the checkpoint in the folder; give all other flags as before'),
    force: toggle('start anew where the folder holds a training'),
  },
  examples: [
    "tenas train --arch '|...|+|...|...|+|...|...|...|' --channels 8 --cells 1 --dataset cifar10 --data ./cifar-10-batches-bin --out net",
    'tenas train --record tenas-out/search.json --dataset folder --data ./photographs --image-size 64 --out net',
    'tenas train --onnx net.onnx --dataset folder --data ./photographs --out net',
    '# without labels: by how much each image was rotated',
    'tenas train --record tenas-out/search.json --dataset folder --data ./photographs --set task=rotation --out net',
    '# go on after Ctrl-C',
    'tenas train --record tenas-out/search.json --dataset folder --data ./photographs --image-size 64 --out net --resume',
  ],
  async details(options, width) {
    const name = typeof options.recipe === 'string' ? options.recipe : QUICK_RECIPE.name;
    const own = typeof options.space === 'string' ? await ownRecipe(options.space) : undefined;
    return settingsHelp([ownerOf(recipeNamed(name, own))], width);
  },
});
