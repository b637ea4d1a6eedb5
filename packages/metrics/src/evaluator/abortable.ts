/**
 * Settles as the work does, or rejects with the signal's reason as soon as that is aborted. The work itself goes on
 * unless it also observes the signal.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
    // The outcome of abandoned work does not matter, not even its failure.
    work.catch(() => undefined);
  }
}
