import type { Pass } from '@tenas/metrics';
import type { Task } from '@tenas/native';
import type { Fixture } from './fixture-file.js';

/** How fixtures call noise that is added to other noise, and random signs at the output of a block. */
const PERTURBATION = /^(\w+)_perturbation$/;
const SIGNS = /_signs\.(\d+)$/;

/** Whether a fixture has the random numbers of a pass on noise. */
export function hasNoise(fixture: Fixture, { inputs, batches = 1 }: Pass): boolean {
  if (inputs.kind !== 'noise' || inputs.perturbation === undefined) return batches === 1;
  return batches === 2 && noisePair(fixture) !== undefined;
}

/**
 * The images of a pass on noise: the fixture's noise and its perturbation, where the pass perturbs; the fixture's images
 * otherwise, for the metrics of noise take any images.
 */
export function noiseOf(fixture: Fixture, { inputs }: Pass): Float32Array {
  const perturbation = inputs.kind === 'noise' ? inputs.perturbation : undefined;
  const pair = noisePair(fixture);
  if (perturbation === undefined || pair === undefined) return fixture.input.data;
  const [first, other] = pair;
  return joined([first, first.map((value, place) => value + perturbation * other[place]!)]);
}

/** The fixture's noise, and that which is added to it. */
function noisePair({ noise }: Fixture): readonly [Float32Array, Float32Array] | undefined {
  for (const [name, other] of noise) {
    const first = noise.get(PERTURBATION.exec(name)?.[1] ?? '');
    if (first !== undefined) return [first, other];
  }
  return undefined;
}

/** The tasks with the fixture's random signs in place of drawn ones, where it has some for every block. */
export function withSigns(tasks: readonly Task[], { noise }: Fixture): readonly Task[] {
  const byBlock = new Map(
    [...noise].flatMap(([name, signs]) => {
      const block = SIGNS.exec(name)?.[1];
      return block === undefined ? [] : [[Number(block), signs] as const];
    }),
  );
  return tasks.map((task) => {
    if (task.kind !== 'blocks') return task;
    const signs = task.blocks.map((_, place) => byBlock.get(place + 1));
    return signs.every((one) => one !== undefined) ? { ...task, signs: joined(signs) } : task;
  });
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}
