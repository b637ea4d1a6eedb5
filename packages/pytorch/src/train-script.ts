import type { TrainingRecipe } from '@tenas/spaces';
import { pythonFile, pythonPiece } from './python-source.js';
import { pythonNumber, pythonString } from './python-text.js';

const IMPORTS = `import argparse
import json
import math
import os
import re
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

from model import Network
from weights import read_safetensors, write_safetensors`;

/**
 * The script `train.py` for a recipe.
 * @param auxiliary whether the network has an auxiliary head and drop path; without, the recipe's are left out
 */
export function trainScript(recipe: TrainingRecipe, auxiliary: boolean): string {
  const { name, paper, sgd, cosine, augmentation } = recipe;
  const bool = (value: boolean) => (value ? 'True' : 'False');
  const source = paper === '' ? '' : `  # ${paper.replaceAll(/[^\x20-\x7e]+/g, ' ')}`;
  const constants = [
    `RECIPE = ${pythonString(name)}${source}`,
    `EPOCHS = ${recipe.epochs}`,
    `BATCH = ${recipe.batchSize}`,
    `LEARNING_RATE = ${pythonNumber(sgd.rate)}`,
    `MOMENTUM = ${pythonNumber(sgd.momentum)}`,
    `NESTEROV = ${bool(sgd.nesterov)}`,
    `WEIGHT_DECAY = ${pythonNumber(sgd.weightDecay)}`,
    `WARM_UP_EPOCHS = ${recipe.cosine.warmUpEpochs}`,
    `COSINE_PER = ${pythonString(cosine.per)}`,
    `LABEL_SMOOTHING = ${pythonNumber(recipe.labelSmoothing)}`,
    `CLIP = ${pythonNumber(recipe.clip)}  # largest norm of the gradient; 0: none`,
    '# Pixels of 32x32 images',
    `PADDING = ${augmentation.padding}`,
    `CUTOUT = ${augmentation.cutout}`,
    `FLIP = ${bool(augmentation.flip)}`,
    `DROPOUT = ${pythonNumber(recipe.dropout)}  # probability before the classifier`,
    '# Of networks that have them',
    `DROP_PATH = ${pythonNumber(auxiliary ? recipe.dropPath : 0)}  # probability at the end`,
    `AUXILIARY = ${pythonNumber(auxiliary ? recipe.auxiliary : 0)}  # weight of the second loss`,
  ];
  const head = [
    '"""Trains the network of model.py: python3 train.py --data FOLDER',
    '',
    'The weights go to trained.safetensors after every epoch.',
    '"""',
    '',
    IMPORTS,
    '',
    ...constants,
  ].join('\n');
  return pythonFile([head.replace(/\n$/, ''), pythonPiece('train')]);
}
