import { type Io, showProgress } from '../../io.js';

/** Milliseconds between two lines where there is no terminal. */
const LINE_INTERVAL = 10_000;
/** Where a terminal does not say how wide it is. */
const DEFAULT_COLUMNS = 80;

/** Shows how a batch stands, again and again. */
export interface CountsLine extends Disposable {
  readonly show: (counts: string) => void;
}

/** One line that is drawn anew on a terminal, and deleted in the end; elsewhere a line now and then. */
export function countsLine(
  io: Pick<Io, 'err' | 'quiet'> & { readonly terminal: { readonly columns?: number } | null },
): CountsLine {
  const { terminal } = io;
  let last = Number.NEGATIVE_INFINITY;
  return {
    show: (counts) => {
      const text = `${new Date().toTimeString().slice(0, 8)}  ${counts}`;
      if (terminal === null) {
        if (performance.now() - last < LINE_INTERVAL) return;
        last = performance.now();
        showProgress(io, `${text}\n`);
      } else {
        // A line that is wrapped could not be drawn over.
        const room = (terminal.columns || DEFAULT_COLUMNS) - 1;
        showProgress(io, `\r\u001b[K${text.slice(0, room)}`);
      }
    },
    [Symbol.dispose]: () => {
      if (terminal !== null) showProgress(io, '\r\u001b[K');
    },
  };
}
