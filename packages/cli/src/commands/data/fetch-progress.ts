import { SingleBar } from 'cli-progress';
import { type Io, showProgress } from '../../io.js';

/** Shows a download while it runs. */
export interface FetchProgress {
  /** Bytes so far, and in all where that is known. */
  readonly show: (received: number, total: number | undefined) => void;
  readonly stop: () => void;
  /** Whether anything was downloaded. */
  readonly started: () => boolean;
}

const lineInterval = 10_000;

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** A bar on a terminal, a line now and then elsewhere. */
export function fetchProgress(io: Io, name: string): FetchProgress {
  let begun = false;
  let lastLine = 0;
  const bar =
    io.terminal === null
      ? null
      : new SingleBar({
          stream: io.terminal,
          format: `${name} {bar} {received} of {size} MB, {eta_formatted} left`,
          clearOnComplete: true,
          hideCursor: true,
          gracefulExit: false,
        });
  return {
    show(received, total) {
      const words = { received: megabytes(received), size: total === undefined ? '?' : megabytes(total) };
      if (!begun) bar?.start(total ?? received, received, words);
      begun = true;
      if (bar !== null) {
        bar.update(received, words);
      } else if (performance.now() - lastLine >= lineInterval || received === total) {
        lastLine = performance.now();
        showProgress(io, `downloading ${name}: ${words.received} of ${words.size} MB\n`);
      }
    },
    stop: () => bar?.stop(),
    started: () => begun,
  };
}
