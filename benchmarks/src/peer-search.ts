import { compileSubject, type Subject } from '@tenas/cli';
import { isPruneRecord, readSearchRecord } from '@tenas/records';
import { nasBench201 } from '@tenas/spaces';
import { row } from './bench-context.js';
import { runSearch } from './command-cases.js';
import { ntkNet, regionNet } from './peer-cases.js';
import { writeForPeer } from './peer-process.js';
import type { PeerContext } from './peer-run.js';
import type { Row } from './result.js';
import { protocolNtk, protocolRegions } from './subjects.js';

interface PeerWay {
  readonly name: string;
  readonly title: string;
  readonly ntk: string;
  readonly regions: string;
}

const WAYS: readonly PeerWay[] = [
  { name: 'published', title: 'the published way', ntk: 'published', regions: 'published' },
  { name: 'best', title: 'the faster way', ntk: 'autograd_grad', regions: 'packed_bytes' },
];

/** Seconds of one evaluation by the peer, the second of two. */
async function peerSeconds(
  subject: Subject,
  net: object,
  ask: object,
  context: PeerContext,
): Promise<number> {
  const { peer, seeds, folder } = context;
  const file = `${folder}/for-peer.safetensors`;
  using program = compileSubject(subject);
  writeForPeer(file, { subject, program, seed: seeds.next() });
  for (const request of [{ op: 'load', net, file }, ask]) {
    const { error } = await peer.ask(request);
    if (error !== undefined) throw new Error(`the peer: ${error}`);
  }
  const { seconds, error } = await peer.ask(ask);
  if (seconds === undefined) throw new Error(`the peer: ${error}`);
  return seconds;
}

/** The name by which `--only` chooses this. */
export const PEER_SEARCH = 'peer-search-nas-bench-201-repo';

/**
 * A whole search with the evaluations of the authors' code, against the peer's time per evaluation times evaluations. The peer is
 * timed on the operations that each round began with, as evaluations become cheaper from round to round.
 */
export async function runPeerSearch(context: PeerContext, cifar: string | null): Promise<Row[]> {
  const { session, seeds } = context;
  const { threads } = session.options;
  const run = { space: nasBench201.name, protocol: 'repo', threads };
  const searched = await runSearch({ cifar, seeds }, run);
  const record = readSearchRecord(JSON.parse(searched.out));
  if (!isPruneRecord(record)) throw new Error('tenas search gave no record of a pruning search');
  const title = `whole search, NAS-Bench-201, repo, ${threads} threads`;
  const rows = [row({ name: `${PEER_SEARCH}-ours`, title: `${title}: ours`, unit: 's' }, [searched.seconds])];
  for (const way of WAYS) {
    let total = 0;
    for (const { round, active: domain } of record.detail.rounds) {
      const { ntk: ntkTimes = 0, regions: regionTimes = 0 } = record.steps[round]!.evaluations;
      const ntk = await peerSeconds(
        protocolNtk('nas-bench-201', { mode: 'batch', domain }),
        ntkNet('nas-bench-201', domain),
        { op: 'ntk', mode: 'batch', method: way.ntk, out: null },
        context,
      );
      const regions = await peerSeconds(
        protocolRegions('nas-bench-201', { domain }),
        regionNet('nas-bench-201', domain),
        { op: 'regions', method: way.regions },
        context,
      );
      total += ntkTimes * ntk + regionTimes * regions;
    }
    session.say(`  ${way.title}: ${total.toFixed(0)} s for the same evaluations`);
    const name = `${PEER_SEARCH}-${way.name}`;
    rows.push(
      row({ name, title: `${title}: PyTorch, ${way.title}, extrapolated`, unit: 's' }, [total]),
      row(
        {
          name: `${name}-ratio`,
          title: `${title}: times faster than ${way.title}`,
          unit: 'x',
          better: 'higher',
          target: 10,
          stretch: 20,
        },
        [total / searched.seconds],
      ),
    );
  }
  return rows;
}
