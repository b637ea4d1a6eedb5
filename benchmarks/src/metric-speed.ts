import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compileSubject } from '@tenas/cli';
import type { Repeat } from '@tenas/native';
import { row } from './bench-context.js';
import {
  evaluate,
  givenRepeat,
  metricValue,
  timeMetric,
  valueForPeer,
  writeRepeat,
} from './metric-evaluation.js';
import {
  type MetricSpeedCase,
  metricSpeedCases,
  SPEED_NETWORKS,
  type SpeedNetwork,
  sharedPassCases,
} from './metric-speed-cases.js';
import { type PeerContext, SETTLE_MILLISECONDS } from './peer-run.js';
import type { Row } from './result.js';

/** Networks per thread in one request of ours: many small ones, as a population is scored. */
const NETWORKS_PER_THREAD: Readonly<Record<SpeedNetwork, number>> = { small: 8, deep: 4, full: 1 };
/** Runs of either side in one sample, after one that is not counted. */
const RUNS = 3;
/** A run that takes longer is the sample, and counts although it is the first. */
const LONG_SECONDS = 0.3;
/** A peer's run that takes longer than this is the only sample. */
const HOPELESS_SECONDS = 2;
/** How many times as fast as the peer we want to be. */
export const RATIOS = {
  small: { unit: 'x', better: 'higher', target: 10 },
  deep: { unit: 'x', better: 'higher' },
  full: { unit: 'x', better: 'higher', target: 3, stretch: 8 },
} as const;

interface Measuring extends PeerContext {
  readonly network: SpeedNetwork;
  readonly threads: number;
}

/** The name by which `--only` chooses the metrics of a network. */
export function speedName(network: SpeedNetwork): string {
  return `metrics-${network}`;
}

/** All metrics on one network, ours and the peer's in turn; then the passes that several of them share. */
export async function runMetricSpeed(network: SpeedNetwork, context: PeerContext): Promise<Row[]> {
  const { session, peer } = context;
  const { names = [] } = await peer.ask({ op: 'metrics' });
  const cases = metricSpeedCases(network);
  const rows: Row[] = [];
  for (const one of cases) {
    session.say(`  ${one.label}`);
    const compared = names.includes(one.metric.name);
    if (network === 'small' && compared) await checkValue(one, context);
    for (const threads of threadCounts(session.options.threads)) {
      rows.push(...(await metricRows(one, { ...context, network, threads, compared })));
    }
  }
  for (const threads of threadCounts(session.options.threads)) {
    rows.push(...(await sharedRows(cases, { ...context, network, threads })));
  }
  return rows;
}

/** One thread, and all of them. */
export function threadCounts(most: number): number[] {
  return most === 1 ? [1] : [1, most];
}

/** Compares our value with the peer's in double precision. */
async function checkValue(one: MetricSpeedCase, context: PeerContext): Promise<void> {
  const { session, peer, seeds, folder } = context;
  using program = compileSubject(one.subject);
  const repeat = givenRepeat(program, one.subject, seeds.next());
  const file = join(folder, 'for-peer.safetensors');
  const ours = await valueForPeer(one, { program, repeat, file });
  const value = await peerValue(one, { peer, file });
  const apart = typeof ours === 'number' ? Math.abs(ours - value) / Math.abs(value) : Number.NaN;
  if (!(apart <= one.tolerance)) {
    session.fail(`${one.label}: ${JSON.stringify(ours)} deviates from the peer's ${value}`);
  }
}

/** The peer's value in double precision of what a file holds. @throws Error if it has none */
export async function peerValue(
  one: MetricSpeedCase,
  { peer, file }: Pick<PeerContext, 'peer'> & { readonly file: string },
): Promise<number> {
  await load(one, { peer, file, double: true });
  const { value, error } = await peer.ask({ ...questionOf(one), threads: 1, times: 1 });
  if (typeof value !== 'number') throw new Error(`${one.label}: the peer: ${error ?? 'no finite value'}`);
  return value;
}

async function load(
  one: MetricSpeedCase,
  { peer, file, double }: Pick<PeerContext, 'peer'> & { readonly file: string; readonly double: boolean },
): Promise<void> {
  const { error } = await peer.ask({ op: 'load', net: one.net, file, double });
  if (error !== undefined) throw new Error(`${one.label}: the peer cannot load the network: ${error}`);
}

function questionOf({ metric, settings }: MetricSpeedCase): object {
  return { op: 'metric', name: metric.name, settings };
}

/** Times of a metric on fresh weights and images, in turn with the peer where it has it. */
async function metricRows(
  one: MetricSpeedCase,
  context: Measuring & { readonly compared: boolean },
): Promise<Row[]> {
  const { session, seeds, network, threads, compared } = context;
  using program = compileSubject(one.subject);
  const fresh = (count: number) =>
    Array.from({ length: count }, () => givenRepeat(program, one.subject, seeds.next()));
  const networks = NETWORKS_PER_THREAD[network] * threads;
  const ours: number[] = [];
  const theirs: number[] = [];
  const time = () => timeMetric(program, one, { repeats: fresh(networks), threads });
  await time(); // The first request also takes memory for the network, which later ones have.
  for (let repetition = 0; repetition < session.options.repetitions; repetition++) {
    ours.push(await ownSeconds(time));
    if (!compared || (theirs[0] ?? 0) > HOPELESS_SECONDS) continue;
    theirs.push(await peerSeconds(one, { ...context, repeat: fresh(1)[0]! }));
  }
  const facts = factsOf({ network, threads, what: one.label });
  const rows = [row(facts('ours'), milliseconds(ours))];
  if (!compared) return rows;
  return [
    ...rows,
    row(facts('torch'), milliseconds(theirs)),
    row(
      { ...facts('ratio'), ...RATIOS[network] },
      theirs.map((seconds, index) => seconds / ours[index]!),
    ),
  ];
}

/** Seconds of the peer for one network; the first run is not counted unless it is long. */
async function peerSeconds(
  one: MetricSpeedCase,
  context: Measuring & { readonly repeat: Repeat },
): Promise<number> {
  const { peer, folder, threads, repeat } = context;
  const file = join(folder, 'for-peer.safetensors');
  writeRepeat(file, one.subject, repeat, []);
  await load(one, { peer, file, double: one.double });
  const ask = async (times: number) => {
    const { seconds, error } = await peer.ask({ ...questionOf(one), threads, times });
    if (error !== undefined || seconds === undefined) throw new Error(`${one.label}: the peer: ${error}`);
    return seconds;
  };
  return settledSeconds(ask);
}

/** A sample of ours. */
function ownSeconds(time: () => Promise<number>): Promise<number> {
  return settledSeconds(async (times) => {
    let sum = 0;
    for (let run = 0; run < times; run++) sum += await time();
    return sum / times;
  });
}

/** A sample of either side by its mean over so many runs: after a pause, and a run that is not counted. */
async function settledSeconds(mean: (times: number) => Promise<number>): Promise<number> {
  await delay(SETTLE_MILLISECONDS);
  const first = await mean(1);
  return first > LONG_SECONDS ? first : await mean(RUNS);
}

/** Times of all tasks of a pass in one evaluation. */
async function sharedRows(cases: readonly MetricSpeedCase[], context: Measuring): Promise<Row[]> {
  const { session, seeds, network, threads } = context;
  const rows: Row[] = [];
  for (const { members, subject } of sharedPassCases(cases)) {
    using program = compileSubject(subject);
    const networks = NETWORKS_PER_THREAD[network] * threads;
    const time = async () => {
      const repeats = Array.from({ length: networks }, () => givenRepeat(program, subject, seeds.next()));
      const start = performance.now();
      const answers = await evaluate(program, subject, { repeats, threads });
      for (const [place, repeat] of repeats.entries()) {
        for (const { one, places } of members) {
          metricValue(
            one,
            places.map((task) => answers[place]![task]!),
            repeat,
          );
        }
      }
      return (performance.now() - start) / 1000 / networks;
    };
    const ours: number[] = [];
    await time();
    for (let repetition = 0; repetition < session.options.repetitions; repetition++) {
      ours.push(await ownSeconds(time));
    }
    rows.push(
      row(
        factsOf({ network, threads, what: members.map(({ one }) => one.label).join('+') })('ours'),
        milliseconds(ours),
      ),
    );
  }
  return rows;
}

/** Samples of rows in milliseconds. */
export function milliseconds(seconds: readonly number[]): number[] {
  return seconds.map((value) => value * 1000);
}

/** Names and titles of the rows of a metric. */
export function factsOf(of: {
  readonly network: SpeedNetwork;
  readonly threads: number;
  readonly what: string;
}) {
  const { network, threads, what } = of;
  const titles = { ours: 'ours', torch: 'PyTorch', ratio: 'times faster than PyTorch' } as const;
  return (side: keyof typeof titles) => ({
    name: `${speedName(network)}-${what}-${threads}-${side}`,
    title: `${what}, ${SPEED_NETWORKS[network].title}, threads: ${threads}: ${titles[side]}`,
    unit: 'ms',
    settings: { network, metric: what, threads, side },
  });
}
