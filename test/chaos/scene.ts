import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomStream } from '@tenas/base';
import { Tally, type Target } from './tally.js';

/**
 * Kills of one batch or training. A job that is running in ten crashes has failed, as documented, and in the queue one
 * whose workers vanish nine times: with fewer kills nothing may fail.
 */
export const KILLS_PER_ROUND = 7;

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
