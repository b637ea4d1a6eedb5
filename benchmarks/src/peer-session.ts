import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTorch, PeerProcess } from './peer-process.js';
import type { PeerContext } from './peer-run.js';
import type { Row } from './result.js';
import { selectCases } from './run-options.js';
import type { Session } from './session.js';
import { resultTable } from './text-table.js';
import { Seeds } from './timing.js';

/** Something that is measured beside the peer. */
export interface PeerSessionCase {
  readonly name: string;
  readonly run: (context: PeerContext) => Promise<Row[]>;
}

/** Runs the cases that `--only` chooses beside one process of the peer, and prints their table. */
export async function runBesidePeer(session: Session, cases: readonly PeerSessionCase[]): Promise<Row[]> {
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
}
