import { redisAbsent } from '../../packages/cli/test/support/redis-server.js';
import { injectionAbsent } from './failing-writes.js';
import { type ChaosOptions, onScene, type Scene } from './scene.js';
import type { Tally, Target } from './tally.js';
import { attackRunner, attackTrainer } from './targets/local.js';
import { attackCoordinator, attackRedis, attackWorker } from './targets/queue.js';

const ATTACKS: Readonly<Record<Target, (scene: Scene, onRound: () => void) => Promise<void>>> = {
  runner: attackRunner,
  worker: attackWorker,
  coordinator: attackCoordinator,
  redis: attackRedis,
  trainer: attackTrainer,
};

/** Why a target cannot be attacked here, or null. */
export function targetAbsent(target: Target): string | null {
  const needsRedis = target !== 'runner' && target !== 'trainer';
  return injectionAbsent() ?? (needsRedis ? redisAbsent() : null);
}

/** Ends processes of a target, and the writes of some, as often as asked, and compares what comes of it in the end. */
export async function chaos(options: ChaosOptions): Promise<Tally> {
  return await onScene(options, async (scene) => {
    await ATTACKS[options.target](scene, () => options.onRound?.(scene.tally));
  });
}
