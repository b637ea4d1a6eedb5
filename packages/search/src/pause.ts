import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds without a turn for timers and signals. */
const INTERVAL = 50;

/**
 * A pause for long computations between their parts: lets timers and signals run when their last turn is a while ago. It
 * throws the reason of the signal once that is aborted.
 */
export function pausing(signal: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < INTERVAL) return;
    await turn();
    last = performance.now();
    signal.throwIfAborted();
  };
}
