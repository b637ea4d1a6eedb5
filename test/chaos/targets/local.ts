import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchOutcome, compareBatches, StoreWatch } from '../batch-outcome.js';
import { countWrites, disturbBySignals, disturbByWrites, type Victim } from '../disturb.js';
import { WriteSchedule } from '../failing-writes.js';
import { compareByName, plainFiles } from '../plain-results.js';
import { KILLS_PER_ROUND, type Scene } from '../scene.js';
import { judgeEnd, WatchedProcess } from '../watched-process.js';

/** Some scores, a search and a training that take milliseconds each. */
const SPEC = `score: {architectures: {sample: 8, seed: 4}, seeds: [0, 1], isomorphic: each, repeats: 1, ntk: {batchSize: 4}, regions: {batches: 1, batchSize: 40}}
search: {seeds: 0, strategy: random, settings: {samples: 4}, metrics: [params, naswot]}
train: {architectures: ['|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|'], seeds: 0, epochs: 3, channels: 2, cells: 1, images: 64, batchSizes: 32}
`;

/** A training of about a second, mostly start and end. */
const TRAIN = [
  ...['train', '--arch', '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|'],
  ...['--channels', '2', '--cells', '1', '--threads', '2', '--images', '64', '--image-size', '16'],
  ...['--batch', '32', '--epochs', '12', '--resume'],
];

/** Share of the writes that fail and do not end the process. */
const FAILURES_SHARE = 1 / 4;
/** Signals come within this share of an undisturbed life. */
const LIFE_SHARE = 0.7;

/** What one process does in a folder, and goes on with if it is started again. */
interface LocalWork<Outcome> {
  readonly args: (out: string) => readonly string[];
  /** Reads what was done in the end. */
  readonly outcome: (out: string) => Promise<Outcome>;
  readonly compare: (what: string, expected: Outcome, found: Outcome) => void;
  /** Makes what looks at the folder after each life. */
  readonly watch: (folder: string) => (what: string) => void;
}

/** Ends processes by signals and at every write to their folder, and lets the last one complete the work. */
async function attackLocal<Outcome>(
  scene: Scene,
  onRound: () => void,
  { args, outcome, compare, watch }: LocalWork<Outcome>,
): Promise<void> {
  const { tally, random, cwd, scratch, left } = scene;
  const { target } = tally;
  const whole = { folder: join(cwd, 'whole') };
  const first = await countWrites(args('whole'), { options: { cwd }, watched: whole, scratch });
  if (first.ended.code !== 0) throw new Error(`the undisturbed ${target} failed: ${first.ended.err}`);
  const expected = await outcome('whole');
  const schedule = new WriteSchedule(random, first.changes, FAILURES_SHARE);

  for (let round = 0; left() > 0; round++) {
    const out = `killed-${round}`;
    const folder = join(cwd, out);
    const options = { cwd, folder };
    const check = watch(folder);
    const enough = tally.kills + Math.min(KILLS_PER_ROUND, left());
    let isDone = false;
    for (let life = 0; tally.kills < enough && !isDone; life++) {
      const what = `${target}, round ${round}, life ${life}`;
      const lifetime = LIFE_SHARE * first.milliseconds;
      const victim: Victim = { tally, random, what, args: args(out), options, lifetime };
      // The first life may be long; it leaves less to do for those after it.
      const most = life === 0 ? undefined : Math.ceil(first.changes / KILLS_PER_ROUND);
      const ended = await (round % 3 === 0
        ? disturbBySignals(victim)
        : disturbByWrites(victim, { schedule, most, watched: { folder }, scratch, endsByItself: true }));
      check(what);
      if (life > 0) tally.resumes++;
      isDone = ended.code === 0;
    }
    if (!isDone) {
      const what = `${target}, round ${round}, at last`;
      const process = new WatchedProcess(args(out), options);
      judgeEnd(tally, { process, what }, await process.ended);
      check(what);
      tally.resumes++;
    }
    compare(`${target}, round ${round}`, expected, await outcome(out));
    rmSync(folder, { recursive: true, force: true });
    tally.rounds++;
    tally.writes.files = { reached: schedule.reached, of: schedule.changes };
    onRound();
  }
}

/** `tenas batch run` on this machine. */
export async function attackRunner(scene: Scene, onRound: () => void): Promise<void> {
  const { tally, cwd, scratch } = scene;
  writeFileSync(join(cwd, 'spec.yaml'), SPEC);
  await attackLocal(scene, onRound, {
    args: (out) => ['batch', 'run', 'spec.yaml', '--out', out, '--threads', '2'],
    outcome: (out) => batchOutcome(tally, out, cwd),
    compare: (what, expected, found) => compareBatches(tally, what, expected, found),
    watch: (folder) => {
      const store = new StoreWatch(folder, scratch);
      return (what) => store.check(tally, what);
    },
  });
}

/** `tenas train --resume`. */
export async function attackTrainer(scene: Scene, onRound: () => void): Promise<void> {
  const { tally, cwd } = scene;
  await attackLocal(scene, onRound, {
    args: (out) => [...TRAIN, '--out', out],
    outcome: async (out) => {
      const files = plainFiles(join(cwd, out), (path) => path !== 'checkpoint.tenas');
      // The record names the others by their paths.
      return new Map([...files].map(([path, content]) => [path, content.replaceAll(`"${out}/`, '"')]));
    },
    compare: (what, expected, found) => compareByName(tally, what, expected, found),
    watch: () => () => {},
  });
}
