import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisCli } from '../../../packages/cli/test/support/queue-keys.js';
import { RedisServer } from '../../../packages/cli/test/support/redis-server.js';
import { type BatchOutcome, batchOutcome, compareBatches, StoreWatch } from '../batch-outcome.js';
import { countWrites, disturbBySignals, disturbByWrites, type Victim } from '../disturb.js';
import { WriteSchedule } from '../failing-writes.js';
import { KILLS_PER_QUEUE, type Scene } from '../scene.js';
import { judgeEnd, WatchedProcess } from '../watched-process.js';

/** Scores, searches and trainings for a second or two. */
const SPEC = `score: {architectures: {sample: 30, seed: 4}, seeds: [0, 1], isomorphic: each, repeats: 4, ntk: {batchSize: 16}, regions: {batches: 1, batchSize: 40}}
search: {seeds: [0, 1, 2], strategy: random, settings: {samples: 10}, metrics: [params, naswot]}
train: {architectures: ['|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|'], seeds: [0, 1], epochs: 12, channels: 4, cells: 1, images: 128, batchSizes: 32}
`;

/** Seconds after which the jobs of a lost worker go to others. A busy machine takes more than one for a renewal. */
const STALL_SECONDS = 3;
/** Writes to sockets at which a worker or a coordinator is ended: they make more, or fewer. */
const SOCKET_WRITES = 120;
const FAILURES_SHARE = 1 / 4;
/** Milliseconds up to which a disturbance of Redis waits for the one before. */
const LONGEST_REST = 700;

/** A batch on a queue, and what it comes to where nobody disturbs it. */
interface QueueStage {
  readonly redis: RedisServer;
  readonly expected: BatchOutcome;
  /** Of the batch on this machine. */
  readonly milliseconds: number;
  readonly changes: number;
  readonly coordinator: (out: string) => readonly string[];
  readonly worker: readonly string[];
}

/** Runs rounds on a queue: every other one is signed. */
async function rounds(
  scene: Scene,
  onRound: () => void,
  act: (
    stage: QueueStage,
    round: number,
    about: { readonly out: string; readonly environment: Record<string, string> },
  ) => Promise<void>,
): Promise<void> {
  const { tally, cwd, scratch, left } = scene;
  writeFileSync(join(cwd, 'spec.yaml'), SPEC);
  const local = ['batch', 'run', 'spec.yaml', '--threads', '2', '--out', 'whole'];
  const watched = { folder: join(cwd, 'whole') };
  const first = await countWrites(local, { options: { cwd }, watched, scratch });
  if (first.ended.code !== 0) throw new Error(`the undisturbed batch failed: ${first.ended.err}`);
  const expected = await batchOutcome(tally, 'whole', cwd);
  await using redis = await RedisServer.start(['--appendonly', 'yes', '--appendfsync', 'no']);
  const stage: QueueStage = {
    ...{ redis, expected, milliseconds: first.milliseconds, changes: first.changes },
    coordinator: (out) => ['batch', 'run', 'spec.yaml', '--out', out, '--queue', redis.url],
    worker: [
      ...['worker', '--queue', redis.url, '--concurrency', '2'],
      ...['--stall-timeout', String(STALL_SECONDS)],
    ],
  };
  for (let round = 0; left() > 0; round++) {
    const out = `killed-${round}`;
    const environment: Record<string, string> =
      round % 2 === 1 ? { TENAS_QUEUE_SECRET: 'a secret of the commands for chaos' } : {};
    await act(stage, round, { out, environment });
    const what = `${tally.target}, round ${round}`;
    compareBatches(tally, what, expected, await batchOutcome(tally, out, cwd));
    new StoreWatch(join(cwd, out), scratch).check(tally, what);
    rmSync(join(cwd, out), { recursive: true, force: true });
    redisCli(redis.port, 'flushall');
    tally.rounds++;
    onRound();
  }
}

/** Stops a worker that has done its duty. */
async function dismiss(scene: Scene, worker: WatchedProcess, what: string): Promise<void> {
  worker.send('SIGINT');
  judgeEnd(scene.tally, { process: worker, what }, await worker.ended);
}

/** Workers of a queue, ended by signals and at their writes to sockets, while the coordinator goes on. */
export async function attackWorker(scene: Scene, onRound: () => void): Promise<void> {
  const { tally, random, cwd, scratch, left } = scene;
  const schedule = new WriteSchedule(random, SOCKET_WRITES, 0);
  await rounds(scene, onRound, async (stage, round, { out, environment }) => {
    const folder = join(cwd, out);
    const what = `worker, round ${round}`;
    const coordinator = new WatchedProcess(stage.coordinator(out), { cwd, folder, environment });
    await coordinator.says('evaluations to make');
    const enough = tally.kills + Math.min(KILLS_PER_QUEUE, left());
    for (let life = 0; tally.kills < enough && !coordinator.isOver; life++) {
      const victim: Victim = {
        ...{ tally, random, what: `${what}, life ${life}`, args: stage.worker },
        ...{ options: { cwd, folder, environment }, lifetime: stage.milliseconds },
      };
      if (life % 2 === 0) await disturbBySignals(victim);
      else await disturbByWrites(victim, { schedule, watched: 'sockets', scratch, endsByItself: false });
      if (life > 0) tally.resumes++;
    }
    const last = new WatchedProcess(stage.worker, { cwd, folder, environment });
    judgeEnd(tally, { process: coordinator, what: `${what}, the coordinator` }, await coordinator.ended);
    await dismiss(scene, last, `${what}, the last worker`);
    tally.resumes++;
    tally.writes.sockets = { reached: schedule.reached, of: schedule.changes };
  });
}

/** The coordinator of a queue, ended by signals, at writes to its folder and to sockets, while a worker goes on. */
export async function attackCoordinator(scene: Scene, onRound: () => void): Promise<void> {
  const { tally, random, cwd, scratch, left } = scene;
  const sockets = new WriteSchedule(random, SOCKET_WRITES, 0);
  let files: WriteSchedule | undefined;
  await rounds(scene, onRound, async (stage, round, { out, environment }) => {
    const folder = join(cwd, out);
    files ??= new WriteSchedule(random, stage.changes, FAILURES_SHARE);
    const what = `coordinator, round ${round}`;
    const worker = new WatchedProcess(stage.worker, { cwd, folder, environment });
    const store = new StoreWatch(folder, scratch);
    const enough = tally.kills + Math.min(KILLS_PER_QUEUE, left());
    for (let life = 0; tally.kills < enough; life++) {
      const options = { cwd, folder, environment };
      const args = stage.coordinator(out);
      const victim: Victim = {
        ...{ tally, random, what: `${what}, life ${life}`, args, options, lifetime: stage.milliseconds },
      };
      const isOfFiles = life % 3 === 1;
      const ended = await (life % 3 === 0
        ? disturbBySignals(victim)
        : disturbByWrites(victim, {
            schedule: isOfFiles ? files : sockets,
            watched: isOfFiles ? { folder } : 'sockets',
            most:
              life === 0
                ? undefined
                : Math.ceil((isOfFiles ? files.changes : SOCKET_WRITES) / KILLS_PER_QUEUE),
            scratch,
            endsByItself: true,
          }));
      store.check(tally, victim.what);
      if (life > 0) tally.resumes++;
      if (ended.code === 0) break;
    }
    const last = new WatchedProcess(stage.coordinator(out), { cwd, folder, environment });
    judgeEnd(tally, { process: last, what: `${what}, at last` }, await last.ended);
    store.check(tally, `${what}, at last`);
    await dismiss(scene, worker, `${what}, the worker`);
    tally.resumes++;
    tally.writes.files = { reached: files.reached, of: files.changes };
    tally.writes.sockets = { reached: sockets.reached, of: sockets.changes };
  });
}

/** What may befall a server. */
const BLOWS = {
  /** It comes back with its data. */
  SIGKILL: async (redis: RedisServer) => {
    await redis.end('SIGKILL');
    await redis.begin();
  },
  SIGTERM: async (redis: RedisServer) => {
    await redis.end('SIGTERM');
    await redis.begin();
  },
  /** It comes back empty. */
  'SIGKILL, its data gone': async (redis: RedisServer) => {
    await redis.end('SIGKILL');
    redis.forget();
    await redis.begin();
  },
  FLUSHALL: async ({ port }: RedisServer) => {
    redisCli(port, 'flushall');
  },
  'SCRIPT FLUSH': async ({ port }: RedisServer) => {
    redisCli(port, 'script', 'flush');
  },
  'CLIENT KILL': async ({ port }: RedisServer) => {
    redisCli(port, 'client', 'kill', 'type', 'normal', 'skipme', 'yes');
  },
  SIGSTOP: async (redis: RedisServer, random: Scene['random']) => {
    redis.send('SIGSTOP');
    await sleep(random.below(1000));
    redis.send('SIGCONT');
  },
} as const;
const BLOW_NAMES = Object.keys(BLOWS) as (keyof typeof BLOWS)[];

/** The Redis server of a queue, killed, emptied and stopped, while coordinator and worker go on. */
export async function attackRedis(scene: Scene, onRound: () => void): Promise<void> {
  const { tally, random, cwd, left } = scene;
  await rounds(scene, onRound, async (stage, round, { out, environment }) => {
    const folder = join(cwd, out);
    const { redis } = stage;
    const blows: string[] = [];
    const coordinator = new WatchedProcess(stage.coordinator(out), { cwd, folder, environment });
    const worker = new WatchedProcess(stage.worker, { cwd, folder, environment });
    await Promise.all([coordinator.says('evaluations to make'), worker.says('works for')]);
    const enough = tally.kills + Math.min(KILLS_PER_QUEUE, left());
    while (tally.kills < enough && !coordinator.isOver) {
      await Promise.race([sleep(random.below(LONGEST_REST)), coordinator.ended]);
      // Kills half of the time, so that there are enough of them.
      const blow = random.below(2) === 0 ? BLOW_NAMES[random.below(3)]! : random.pick(BLOW_NAMES);
      blows.push(blow);
      await BLOWS[blow](redis, random);
      if (blow.startsWith('SIGKILL') || blow === 'SIGTERM') {
        tally.kills++;
        tally.resumes++;
      } else tally.others++;
    }
    const what = `redis, round ${round} (${blows.join('; ')})`;
    judgeEnd(tally, { process: coordinator, what: `${what}, the coordinator` }, await coordinator.ended);
    await dismiss(scene, worker, `${what}, the worker`);
  });
}
