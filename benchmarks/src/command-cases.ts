import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchCase, type BenchContext, row } from './bench-context.js';
import { runNode } from './child-process.js';
import { tenasCommand } from './paths.js';
import type { Row } from './result.js';

/** A whole search by the command. */
interface SearchCase {
  readonly name: string;
  readonly title: string;
  readonly space: string;
  readonly protocol: string;
  readonly target?: number;
  readonly stretch?: number;
  /** Also with one thread, for the speed-up. */
  readonly speedUp: boolean;
}

const SEARCHES: readonly SearchCase[] = [
  {
    name: 'search-nas-bench-201-fast',
    title: 'whole search, NAS-Bench-201, fast, CIFAR-10',
    space: 'nas-bench-201',
    protocol: 'fast',
    target: 4,
    stretch: 2,
    speedUp: true,
  },
  {
    name: 'search-nas-bench-201-te-nas-finals',
    title: 'whole search, NAS-Bench-201, te-nas-finals, CIFAR-10',
    space: 'nas-bench-201',
    protocol: 'te-nas-finals',
    speedUp: true,
  },
  {
    name: 'search-nas-bench-201-repo',
    title: 'whole search, NAS-Bench-201, repo, CIFAR-10',
    space: 'nas-bench-201',
    protocol: 'repo',
    speedUp: false,
  },
  {
    name: 'search-darts-fast',
    title: 'whole search, DARTS, fast, CIFAR-10',
    space: 'darts',
    protocol: 'fast',
    target: 15,
    stretch: 6,
    speedUp: true,
  },
];

/** A search takes seconds: fewer repetitions than a kernel, but more than one where more than one was asked for. */
const SEARCH_REPETITIONS = 3;

/** Runs `tenas search` in a folder of its own with a fresh seed. @returns wall clock of the command, memory, its JSON document */
export async function runSearch(
  context: Pick<BenchContext, 'cifar' | 'seeds'>,
  options: { readonly space: string; readonly protocol: string; readonly threads: number },
) {
  const folder = mkdtempSync(join(tmpdir(), 'tenas-bench-'));
  const { space, protocol, threads } = options;
  const data = context.cifar === null ? [] : ['--dataset', 'cifar10', '--data', context.cifar];
  const seed = String(context.seeds.next());
  try {
    const args = ['search', '--space', space, '--protocol', protocol, ...data, '--seed', seed];
    const more = ['--threads', String(threads), '--out', folder, '--json'];
    return await runNode([tenasCommand, ...args, ...more], { cwd: folder, peakMemory: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function searchRows(one: SearchCase, context: BenchContext): Promise<Row[]> {
  const repetitions = Math.min(context.repetitions, SEARCH_REPETITIONS);
  const counts = one.speedUp && context.threads > 1 ? [1, context.threads] : [context.threads];
  const seconds = new Map<number, number[]>(counts.map((threads) => [threads, []]));
  const peaks: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const threads of counts) {
      const { space, protocol } = one;
      const ended = await runSearch(context, { space, protocol, threads });
      seconds.get(threads)!.push(ended.seconds);
      if (ended.peakBytes !== null) peaks.push(ended.peakBytes / 2 ** 20);
    }
  }
  const note = context.cifar === null ? { note: 'on synthetic images: CIFAR-10 was not found' } : {};
  const common = { settings: { threads: context.threads }, ...note };
  const all = seconds.get(context.threads)!;
  const targets = {
    ...(one.target === undefined ? {} : { target: one.target }),
    ...(one.stretch === undefined ? {} : { stretch: one.stretch }),
  };
  const rows = [
    row(
      { ...common, ...targets, name: one.name, title: `${one.title}, ${context.threads} threads`, unit: 's' },
      all,
    ),
    row(
      {
        ...common,
        name: `${one.name}-memory`,
        title: `peak memory, ${one.title}`,
        unit: 'MiB',
        target: 1024,
        stretch: 300,
      },
      peaks,
    ),
  ];
  const single = seconds.get(1);
  if (single === undefined || counts.length === 1) return rows;
  // Times of a pair were taken one after the other.
  const speedUps = single.map((value, index) => value / all[index]!);
  // The target is for two threads.
  const target = context.threads === 2 ? { target: 1.8, stretch: 1.95 } : {};
  return [
    ...rows,
    row(
      {
        ...common,
        name: `${one.name}-1-thread`,
        title: `${one.title}, 1 thread`,
        unit: 's',
        settings: { threads: 1 },
      },
      single,
    ),
    row(
      {
        ...common,
        ...target,
        name: `${one.name}-speed-up`,
        title: `${context.threads} threads against 1, ${one.title}`,
        unit: 'x',
        better: 'higher',
      },
      speedUps,
    ),
  ];
}

async function startUp(args: readonly string[], context: BenchContext): Promise<Row[]> {
  const samples: number[] = [];
  const command = [tenasCommand, ...args];
  for (let repetition = -1; repetition < Math.max(context.repetitions, 3); repetition++) {
    const { seconds } = await runNode(command, { cwd: tmpdir() });
    if (repetition >= 0) samples.push(seconds * 1000);
  }
  const name = args.join(' ');
  const facts = {
    name: startUpName(args),
    title: `start-up, tenas ${name}`,
    unit: 'ms',
    target: 150,
    stretch: 80,
  };
  return [row(facts, samples)];
}

function startUpName(args: readonly string[]): string {
  return `start-up-${args.join('-').replaceAll('--', '')}`;
}

/** The command as people use it: whole searches with their memory, and start-up. */
export const commandCases: readonly BenchCase[] = [
  ...[['--version'], ['info']].map(
    (args): BenchCase => ({ name: startUpName(args), run: (context) => startUp(args, context) }),
  ),
  ...SEARCHES.map((one): BenchCase => ({ name: one.name, run: (context) => searchRows(one, context) })),
];
