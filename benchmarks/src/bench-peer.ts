import { cifarFolder } from './paths.js';
import { peerCases } from './peer-cases.js';
import { type PeerContext, runPeerCase } from './peer-run.js';
import { PEER_SEARCH, runPeerSearch } from './peer-search.js';
import { type PeerSessionCase, runBesidePeer } from './peer-session.js';
import { runSideBySide, runTrainingCase } from './peer-training.js';
import { runProgram } from './session.js';
import { SIDE_BY_SIDE, trainingCases } from './training-cases.js';

const cases: readonly PeerSessionCase[] = [
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
  run: (session) => runBesidePeer(session, cases),
});
