import type { SealedRows } from './sealed-rows.js';
import type { Database } from './sqlite.js';
import type { Statements } from './statements.js';

/** A unit that was running this often when its process crashed is given up. */
const MOST_CRASHES = 10;
/** And one that was running this often when its process was ended otherwise, each time without getting further. */
const MOST_INTERRUPTIONS = 50;

/**
 * Re-queues what was running or queued when the last process ended, and gives up what seems to end processes.
 * @param crash how that process crashed; null: it did not, or was killed from outside
 */
export function recover(
  { database, statements, sealed }: { database: Database; statements: Statements; sealed: SealedRows },
  crash: string | null,
): void {
  const { interrupted, crashed, unqueue, giveUpCrashing, giveUpKilled } = statements;
  const requeue = database.transaction(() => {
    (crash === null ? interrupted : crashed).run();
    unqueue.run();
    const crashing = giveUpCrashing.all({
      most: MOST_CRASHES,
      error: `the process crashed ${MOST_CRASHES} times while this was running, the last time by ${crash}`,
    });
    const killed = giveUpKilled.all({
      most: MOST_INTERRUPTIONS,
      error: `the process was killed ${MOST_INTERRUPTIONS} times while this was running, without getting further; if memory ran out, use fewer threads or smaller batches`,
    });
    for (const id of [...crashing, ...killed]) sealed.unit(id as number);
  });
  requeue.immediate();
}
