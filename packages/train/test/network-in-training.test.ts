import { type Graph, sizeOf } from '@tenas/graph';
import { Program } from '@tenas/native';
import { DARTS_RECIPE, getSpace, NAS_BENCH_201_RECIPE } from '@tenas/spaces';
import {
  networkInTraining,
  type TrainingCheckpoint,
  type TrainNetworkOptions,
  trainNetwork,
} from '@tenas/train';
import { describe, expect, it } from 'vitest';
import { shuffledImages, smallNetwork } from './networks.js';

const space = getSpace('darts');
const architecture = space.parse('DARTS_V2');
const size = { macro: 'cifar', C: 4, N: 3, stemMultiplier: 1, numClasses: 10, inputShape: [3, 32, 32] };
const graph = space.network(architecture, size);
const trainingNetwork = space.trainingNetwork!(architecture, size);

const DROPPING = {
  ...{ graph, trainingNetwork },
  training: shuffledImages(25, 32),
  recipe: { ...DARTS_RECIPE, batchSize: 12, dropout: 0.3, sgd: { ...DARTS_RECIPE.sgd, rate: 0.05 } },
  epochs: 3,
  seed: 4,
  threads: 1,
} satisfies TrainNetworkOptions;

function valuesOf({ params }: Graph): number {
  return params.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

describe('networkInTraining', () => {
  it('adds what the recipe of DARTS wants, and nothing for another', () => {
    const {
      notes,
      heads,
      dropPath,
      dropout,
      graph: whole,
    } = networkInTraining(graph, DROPPING.recipe, trainingNetwork);
    expect(notes).toEqual([]);
    expect(heads).toEqual([{ node: trainingNetwork.auxiliary, weight: 0.4 }]);
    expect(dropPath).toBe(trainingNetwork.dropPath);
    expect(dropout.map((id) => whole.nodes[id]!.name)).toEqual(['global_pooling']);
    expect(valuesOf(whole)).toBeGreaterThan(valuesOf(graph));
    expect(networkInTraining(graph, NAS_BENCH_201_RECIPE, trainingNetwork)).toEqual({
      ...{ graph, heads: [], dropPath: [], dropout: [], notes: [] },
    });
  });

  it('says what a network cannot have', () => {
    const { notes } = networkInTraining(smallNetwork(), DARTS_RECIPE, undefined);
    expect(notes).toEqual([
      'drop path 0.2 of the recipe is left out: the network has no operations for it',
      'the auxiliary head (weight 0.4) of the recipe is left out: the space has none',
    ]);
    const small = { ...size, inputShape: [3, 16, 16] };
    const additions = space.trainingNetwork!(architecture, small);
    expect(networkInTraining(space.network(architecture, small), DARTS_RECIPE, additions).notes).toEqual([
      'the auxiliary head (weight 0.4) of the recipe is left out: it does not fit the size of the images',
    ]);
  });
});

describe('trainNetwork with drop path, dropout and an auxiliary head', () => {
  it('gives the same bits on 1 and 2 threads, and goes on to the bit from any checkpoint', async () => {
    const checkpoints: TrainingCheckpoint[] = [];
    const whole = await trainNetwork({
      ...DROPPING,
      onCheckpoint: async (checkpoint) => void checkpoints.push(checkpoint),
    });
    // Two batches of 12; the last image by itself has no variance in the auxiliary head.
    expect(whole.steps).toBe(6);
    expect(whole.notes).toEqual([]);
    for (const from of checkpoints.slice(0, 2)) {
      const resumed = await trainNetwork({ ...DROPPING, from, threads: 2 });
      expect(resumed.weights).toEqual(whole.weights);
      expect(resumed.parameters).toEqual(whole.parameters);
    }
    // The network itself leaves the training, without the head.
    expect(whole.weights).toHaveLength(valuesOf(graph));
    expect([...whole.parameters.keys()].filter((name) => !name.endsWith('num_batches_tracked'))).toEqual(
      graph.params.map(({ name }) => name),
    );
    expect(whole.parameters.get('stem.1.num_batches_tracked')!.data).toEqual(BigInt64Array.of(6n));
    using program = Program.compile(graph);
    await using trainer = program.trainer({
      weights: { kind: 'explicit', data: whole.weights },
      optimiser: { kind: 'sgd' },
    });
    expect(
      Number.isFinite(
        (await trainer.evaluate({ images: new Float32Array(3072), labels: Int32Array.of(0) })).loss,
      ),
    ).toBe(true);
  });

  it('is changed by each of the three, and by none that is 0', async () => {
    const off = { ...DROPPING.recipe, dropPath: 0, dropout: 0, auxiliary: 0 };
    const weights = async (recipe: TrainNetworkOptions['recipe'], network = DROPPING.trainingNetwork) =>
      (
        await trainNetwork({
          ...DROPPING,
          training: shuffledImages(24, 32),
          epochs: 2,
          recipe,
          trainingNetwork: network,
        })
      ).weights;
    const plain = await weights(off);
    const { weights: without } = await trainNetwork({
      ...DROPPING,
      ...{ training: shuffledImages(24, 32), epochs: 2, recipe: off, trainingNetwork: undefined },
    });
    expect(plain).toEqual(without);
    for (const part of ['dropPath', 'dropout', 'auxiliary'] as const) {
      expect(await weights({ ...off, [part]: DROPPING.recipe[part] }), part).not.toEqual(plain);
    }
  });
});
