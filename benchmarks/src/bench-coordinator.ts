import { parseArgs } from 'node:util';
import { loadWarning, writeOutputFile } from '@tenas/base';
import { type CoordinatorFigures, type CoordinatorRun, runCoordinator } from './coordinator-run.js';
import { describeMachine } from './machine.js';
import { buildFolder } from './paths.js';
import { figure, textTable } from './text-table.js';

const USAGE = `Measures what a coordinator can feed: \`tenas batch run --queue\` as it is, on a Redis server of its own, with workers
that evaluate nothing and answer with valid, signed results.

  npm run bench:coordinator -- [options]

  --workers N   workers, all in this process (default: 10000)
  --jobs N      jobs (default: 20000)
  --kind NAME   score or search (default: score)
  --seconds S   how long a worker has a job (default: 0)
  --unsigned    without TENAS_QUEUE_SECRET
  --out FILE    JSON with the machine (default: benchmarks/build/results/coordinator.json)`;

function numberOf(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && Number.isFinite(value)) return value;
  throw new RangeError(`--${name}: got ${JSON.stringify(text)}; give a number, at least ${least}`);
}

function parsed(): (CoordinatorRun & { readonly out: string | undefined }) | null {
  const { values } = parseArgs({
    options: {
      workers: { type: 'string', default: '10000' },
      jobs: { type: 'string', default: '20000' },
      kind: { type: 'string', default: 'score' },
      seconds: { type: 'string', default: '0' },
      unsigned: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const { kind } = values;
  if (kind !== 'score' && kind !== 'search')
    throw new RangeError(`--kind: got ${kind}; give score or search`);
  return {
    kind,
    workers: numberOf('workers', values.workers, 1),
    jobs: numberOf('jobs', values.jobs, 1),
    jobSeconds: numberOf('seconds', values.seconds, 0),
    signed: !values.unsigned,
    out: values.out,
  };
}

function table(figures: CoordinatorFigures): string {
  const mebibytes = (bytes: number) => `${figure(bytes / 2 ** 20)} MiB`;
  const { coordinatorMilliseconds: own, redisMilliseconds: redis } = figures;
  return textTable([
    [`${figures.workers} workers, ${figures.jobs} jobs (${figures.kind}), ${figures.jobSeconds} s each`, ''],
    ['rate', `${figure(figures.jobsPerSecond)} jobs/s`],
    ['workers that had a job', `${figure(100 * figures.busyShare)} %`],
    ['most workers with a job at once', figure(figures.mostActive)],
    ['processor time of the coordinator', own === null ? '-' : `${figure(own)} ms per job`],
    ['processor time of Redis', `${figure(redis)} ms per job`],
    ['commands of Redis', `${figure(figures.redisCommandsPerJob)} per job`],
    ['most memory of the coordinator', mebibytes(figures.coordinatorPeakBytes)],
    ['most memory of Redis', mebibytes(figures.redisPeakBytes)],
    ['an answer', `${figure(figures.answerBytes)} bytes`],
    ['store', `${figure(figures.storeBytes)} bytes per job`],
  ]);
}

try {
  const options = parsed();
  if (options === null) console.log(USAGE);
  else {
    const { out = `${buildFolder('results')}/coordinator.json`, ...run } = options;
    const date = new Date().toISOString();
    const machine = describeMachine();
    const busy = loadWarning(machine.loadBefore, machine.cores);
    if (busy !== null) console.error(`WARNING: ${busy}`);
    const figures = await runCoordinator(run);
    console.log(table(figures));
    const document = { date, machine, warning: busy, figures };
    await writeOutputFile(out, `${JSON.stringify(document, null, 2)}\n`, { force: true });
    console.error(`written to ${out}`);
  }
} catch (error) {
  console.error(`error: ${error instanceof RangeError ? error.message : ((error as Error).stack ?? error)}`);
  process.exitCode = error instanceof RangeError ? 2 : 70;
}
