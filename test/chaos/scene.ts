import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomStream } from '@tenas/base';
import { Tally, type Target } from './tally.js';

/** Kills of one batch or training on this machine. A job that is running in 50 kills may fail: with fewer nothing may. */
export const KILLS_PER_ROUND = 20;

/** Kills of one batch in a queue. A job whose workers vanish 20 times has failed. */
export const KILLS_PER_QUEUE = 7;

/** Where a target is attacked, until there were enough kills. */
export interface Scene {
  readonly tally: Tally;
  readonly random: RandomStream;
  /** Folder for batches and trainings. */
  readonly cwd: string;
  /** Folder for counters and copies. */
  readonly scratch: string;
  /** Kills that are still to be made. */
  readonly left: () => number;
}

/** What is to be attacked, and how often. */
export interface ChaosOptions {
  readonly target: Target;
  readonly kills: number;
  readonly seed: number;
  /** Ends the attack after the round at hand. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each round. */
  readonly onRound?: ((tally: Tally) => void) | undefined;
}

/** Makes a scene, lets something happen on it, and removes it. */
export async function onScene(
  { target, kills, seed, signal }: ChaosOptions,
  act: (scene: Scene) => Promise<void>,
): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'tenas-chaos-'));
  const tally = new Tally(target);
  const [cwd, scratch] = [join(folder, 'work'), join(folder, 'scratch')];
  mkdirSync(cwd);
  mkdirSync(scratch);
  const random = new RandomStream('chaos', target, seed);
  try {
    await act({ tally, random, cwd, scratch, left: () => (signal?.aborted ? 0 : kills - tally.kills) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tally;
}
