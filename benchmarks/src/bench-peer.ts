import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cifarFolder } from './paths.js';
import { peerCases } from './peer-cases.js';
import { ensureTorch, PeerProcess } from './peer-process.js';
import { type PeerContext, runPeerCase } from './peer-run.js';
import { PEER_SEARCH, runPeerSearch } from './peer-search.js';
import { runSideBySide, runTrainingCase } from './peer-training.js';
import type { Row } from './result.js';
import { selectCases } from './run-options.js';
import { runProgram } from './session.js';
import { resultTable } from './text-table.js';
import { Seeds } from './timing.js';
import { SIDE_BY_SIDE, trainingCases } from './training-cases.js';

const cases = [
  ...peerCases().map((one) => ({ name: one.name, run: (context: PeerContext) => runPeerCase(one, context) })),
  ...trainingCases().map((one) => ({
    name: one.name,
    run: (context: PeerContext) => runTrainingCase(one, context),
  })),
  { name: SIDE_BY_SIDE.name, run: runSideBySide },
  {
    name: PEER_SEARCH,
    run: (context: PeerContext) => runPeerSearch(context, cifarFolder(context.session.options.data)),
  },
];

await runProgram({
  kind: 'peer',
  usage: `Measures this engine and PyTorch in turn on the same weights and inputs, checks that they agree, prints ratios.

  npm run bench:peer -- [options]

PyTorch is Debian's python3-torch, installed if it is missing. Exit code 1: the two disagree.`,
  repetitions: 3,
  names: cases.map(({ name }) => name),
  async run(session) {
    const { options, say } = session;
    const chosen = selectCases(cases, options.only);
    ensureTorch(say);
    const folder = mkdtempSync(join(tmpdir(), 'tenas-peer-'));
    try {
      await using peer = new PeerProcess(options.threads);
      const { torch, threads } = await peer.ask({ op: 'info' });
      say(`PyTorch ${torch}, threads: ${threads}`);
      const context: PeerContext = { session, peer, folder, seeds: new Seeds(options.seed) };
      const rows: Row[] = [];
      for (const [index, { name, run }] of chosen.entries()) {
        say(`${index + 1}/${chosen.length} ${name}`);
        rows.push(...(await run(context)));
      }
      console.log(resultTable(rows));
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
