import { type Io, runCli, Stopped } from '@tenas/cli';
import { type Ended, type Printed, Said, type Started } from './built-command.js';

/** What a command returned and printed that no signal ended. */
export interface Outcome extends Printed {
  readonly code: number;
}

/** What a command sees of the world. */
type Surroundings = Partial<Pick<Io, 'env' | 'signal' | 'columns' | 'input' | 'unread' | 'out'>>;

/** Runs the command line in this process, without a terminal. */
export async function tenas(argv: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const { code, out, err } = await startHere(argv, surroundings).ended;
  return { code, out, err };
}

/** Starts the command line in this process, without a terminal and with no variables but the given ones. */
export function startHere(
  argv: readonly string[],
  surroundings: Surroundings = {},
): Started & { readonly ended: Promise<Ended & Outcome> } {
  const begin = performance.now();
  const stop = new AbortController();
  let out = '';
  const err = new Said();
  const io: Io = {
    env: {},
    signal: stop.signal,
    ...surroundings,
    out: (text) => {
      out += text;
      surroundings.out?.(text);
    },
    err: (text) => err.add(text),
    terminal: null,
  };
  const ended = runCli(argv, io).then((code) => {
    return { code, out, err: err.text, elapsed: performance.now() - begin };
  });
  return { ended, says: err.before(ended), interrupt: () => stop.abort(new Stopped(130)) };
}
