import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMetricSpeed, speedName } from './metric-speed.js';
import { SPEED_NETWORKS, type SpeedNetwork } from './metric-speed-cases.js';
import { SPEED_FILE, saveSpeeds } from './metric-speed-file.js';
import { runTrainingSpeed, TRAINING_METRICS } from './metric-speed-training.js';
import { cifarFolder } from './paths.js';
import { ensureTorch, PeerProcess } from './peer-process.js';
import type { PeerContext } from './peer-run.js';
import type { Row } from './result.js';
import { selectCases } from './run-options.js';
import { runProgram } from './session.js';
import { resultTable } from './text-table.js';
import { Seeds } from './timing.js';
import { runWholeSpace, WHOLE_SPACE } from './whole-space.js';

interface MetricsCase {
  readonly name: string;
  readonly run: (context: PeerContext) => Promise<Row[]>;
}

const networks: readonly SpeedNetwork[] = ['small', 'full'];

const cases: readonly MetricsCase[] = [
  ...networks.map((network) => ({
    name: speedName(network),
    run: (context: PeerContext) => runMetricSpeed(network, context),
  })),
  { name: TRAINING_METRICS, run: runTrainingSpeed },
  {
    name: WHOLE_SPACE,
    run: ({ seeds, session: { options } }: PeerContext) =>
      runWholeSpace({ seeds, threads: options.threads, cifar: cifarFolder(options.data) }),
  },
];

await runProgram({
  kind: 'metrics',
  usage: `Measures every metric, here and in PyTorch in turn: ${Object.values(SPEED_NETWORKS)
    .map(({ title }) => title)
    .join('; ')}. Then all of NAS-Bench-201 by several metrics.

  npm run bench:metrics -- [options]
  npm run bench:metrics:tables              # the tables of docs/performance.md from ${SPEED_FILE}

A run of all cases writes ${SPEED_FILE}. PyTorch is Debian's python3-torch, installed if it is missing. Exit code 1: a value
differs from PyTorch's.`,
  repetitions: 3,
  names: cases.map(({ name }) => name),
  async run(session) {
    const { options, say } = session;
    const chosen = selectCases(cases, options.only);
    ensureTorch(say);
    const folder = mkdtempSync(join(tmpdir(), 'tenas-metrics-'));
    try {
      await using peer = new PeerProcess(options.threads);
      const context: PeerContext = { session, peer, folder, seeds: new Seeds(options.seed) };
      const rows: Row[] = [];
      for (const [index, { name, run }] of chosen.entries()) {
        say(`${index + 1}/${chosen.length} ${name}`);
        rows.push(...(await run(context)));
      }
      console.log(resultTable(rows));
      if (chosen.length === cases.length) await saveSpeeds(rows);
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
