import { darts } from './darts.js';
import { nasBench201 } from './nas-bench-201.js';
import type { ProtocolTable } from './table.js';

/** The spaces that the published code searches, and DARTS with a fixed reduction cell, which is searched as DARTS is. */
const TABLES: Readonly<Record<string, ProtocolTable>> = {
  'nas-bench-201': nasBench201,
  darts,
  'darts-frc': darts,
};

/** How the protocols search a space; null: as every space without a table. */
export function tableOf(space: string): ProtocolTable | null {
  return Object.hasOwn(TABLES, space) ? TABLES[space]! : null;
}
