import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mean } from '@tenas/base';
import { row } from './bench-context.js';
import { runNode } from './child-process.js';
import { cifarFolder, tenasCommand } from './paths.js';
import { ensureTorch, PYTHON } from './peer-process.js';
import type { Row } from './result.js';
import { selectCases } from './run-options.js';
import { runProgram, type Session } from './session.js';
import { resultTable } from './text-table.js';
import { FOUND_CELL, TRAINING_BATCH } from './training-cases.js';

/** The recipe of both sides: that of NAS-Bench-201 with another number of epochs and smaller batches. */
const RECIPE = { name: 'nas-bench-201', epochs: 20, batch: TRAINING_BATCH } as const;
const SPACE = 'nas-bench-201';

const cases = [
  { name: 'training-c8-n1', C: 8, N: 1 },
  { name: 'training-c16-n1', C: 16, N: 1 },
] as const;

/** Accuracy on the test images, in percent, and the seconds of one training. */
interface Trained {
  readonly accuracy: number;
  readonly seconds: number;
}

type Case = (typeof cases)[number];
interface Setting {
  readonly data: string;
  readonly folder: string;
  readonly seed: number;
  readonly threads: number;
}

/** `tenas train`, the whole command. */
async function trainHere({ C, N }: Case, { data, folder, seed, threads }: Setting): Promise<Trained> {
  const size = ['--channels', String(C), '--cells', String(N)];
  const recipe = [
    '--recipe',
    RECIPE.name,
    '--epochs',
    String(RECIPE.epochs),
    '--batch',
    String(RECIPE.batch),
  ];
  const images = ['--dataset', 'cifar10', '--data', data, '--validation', '0'];
  const more = ['--seed', String(seed), '--threads', String(threads), '--out', join(folder, 'net'), '--json'];
  const args = ['train', '--space', SPACE, '--arch', FOUND_CELL, ...size, ...recipe, ...images, ...more];
  const { out, seconds } = await runNode([tenasCommand, ...args], { cwd: folder });
  const { test } = JSON.parse(out) as { readonly test: { readonly accuracy: number } };
  return { accuracy: 100 * test.accuracy, seconds };
}

/** train.py of the folder that `tenas export --format pytorch` writes, the whole script. */
async function trainThere({ C, N }: Case, { data, folder, seed, threads }: Setting): Promise<Trained> {
  const bundle = join(folder, 'bundle');
  const size = ['--channels', String(C), '--cells', String(N)];
  const args = [
    'export',
    '--space',
    SPACE,
    '--arch',
    FOUND_CELL,
    ...size,
    '--format',
    'pytorch',
    '--out',
    bundle,
  ];
  await runNode([tenasCommand, ...args], { cwd: folder });
  const recipe = ['--epochs', String(RECIPE.epochs), '--batch', String(RECIPE.batch)];
  const start = performance.now();
  const { stdout } = await promisify(execFile)(
    PYTHON,
    [join(bundle, 'train.py'), '--data', data, ...recipe, '--seed', String(seed)],
    { cwd: folder, env: { ...process.env, OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: '1' } },
  );
  const seconds = (performance.now() - start) / 1000;
  const last = [...stdout.matchAll(/test ([\d.]+) %/g)].at(-1)?.[1];
  if (last === undefined) throw new Error(`train.py named no accuracy: ${stdout.slice(-500)}`);
  return { accuracy: Number(last), seconds };
}

/** Trains with both sides in turn, once per seed. */
async function runCase(one: Case, session: Session, data: string): Promise<Row[]> {
  const { options, say } = session;
  const ours: Trained[] = [];
  const theirs: Trained[] = [];
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    const folder = mkdtempSync(join(tmpdir(), 'tenas-training-'));
    try {
      const setting = { data, folder, seed: options.seed + repetition, threads: options.threads };
      ours.push(await trainHere(one, setting));
      theirs.push(await trainThere(one, setting));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const [here, there] = [ours.at(-1)!, theirs.at(-1)!];
    say(
      `  seed ${options.seed + repetition}: ${here.accuracy.toFixed(2)} % in ${here.seconds.toFixed(0)} s, PyTorch ${there.accuracy.toFixed(2)} % in ${there.seconds.toFixed(0)} s`,
    );
  }
  const title = `found cell C=${one.C} N=${one.N}, CIFAR-10, ${RECIPE.epochs} epochs, batch ${RECIPE.batch}`;
  const settings = { epochs: RECIPE.epochs, batchSize: RECIPE.batch, threads: options.threads };
  const accuracies = (all: readonly Trained[]) => all.map(({ accuracy }) => accuracy);
  const seconds = (all: readonly Trained[]) => all.map((each) => each.seconds);
  const fact = (name: string, what: string, unit: string) => ({
    name: `${one.name}-${name}`,
    title: `${title}: ${what}`,
    unit,
    settings,
  });
  return [
    row({ ...fact('accuracy-ours', 'test accuracy, ours', '%'), better: 'higher' }, accuracies(ours)),
    row({ ...fact('accuracy-torch', 'test accuracy, PyTorch', '%'), better: 'higher' }, accuracies(theirs)),
    row({ ...fact('difference', 'difference of the means', 'points'), better: 'higher' }, [
      mean(accuracies(ours)) - mean(accuracies(theirs)),
    ]),
    row(fact('seconds-ours', 'whole training, ours', 's'), seconds(ours)),
    row(fact('seconds-torch', 'whole training, PyTorch', 's'), seconds(theirs)),
    row(
      { ...fact('ratio', 'times faster than PyTorch', 'x'), better: 'higher' },
      theirs.map((there, index) => there.seconds / ours[index]!.seconds),
    ),
  ];
}

await runProgram({
  kind: 'training',
  usage: `Trains networks by the same recipe with \`tenas train\` and with PyTorch (train.py of \`tenas export --format pytorch\`), in turn,
and compares accuracies on the test images and times. Takes about half an hour for three seeds.

  npm run bench:training -- [options]

A repetition is a seed. PyTorch is Debian's python3-torch, installed if it is missing. CIFAR-10 has to be there.`,
  repetitions: 3,
  names: cases.map(({ name }) => name),
  async run(session) {
    const { options, say } = session;
    const chosen = selectCases(cases, options.only);
    const data = cifarFolder(options.data);
    if (data === null) throw new Error('CIFAR-10 was not found: give its folder by --data');
    ensureTorch(say);
    const rows: Row[] = [];
    for (const [index, one] of chosen.entries()) {
      say(`${index + 1}/${chosen.length} ${one.name}`);
      rows.push(...(await runCase(one, session, data)));
    }
    console.log(resultTable(rows));
    return rows;
  },
});
