import { runMetricSpeed, speedName } from './metric-speed.js';
import { SPEED_NETWORK_NAMES, SPEED_NETWORKS } from './metric-speed-cases.js';
import { SPEED_FILE, saveSpeeds } from './metric-speed-file.js';
import { runTrainingSpeed, TRAINING_METRICS } from './metric-speed-training.js';
import { cifarFolder } from './paths.js';
import type { PeerContext } from './peer-run.js';
import { type PeerSessionCase, runBesidePeer } from './peer-session.js';
import { selectCases } from './run-options.js';
import { runProgram } from './session.js';
import { runWholeSpace, WHOLE_SPACE } from './whole-space.js';

const cases: readonly PeerSessionCase[] = [
  ...SPEED_NETWORK_NAMES.map((network) => ({
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
    const rows = await runBesidePeer(session, cases);
    // The tables of the docs are of one run: one of some cases is not kept.
    if (selectCases(cases, session.options.only).length === cases.length) await saveSpeeds(rows);
    return rows;
  },
});
