import { type Io, runCli, Stopped } from '@tenas/cli';
import { Said, type Started } from './built-command.js';

/** What a command printed and returned. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process, without a terminal. */
export async function tenas(
  argv: readonly string[],
  options: Partial<Pick<Io, 'env' | 'signal' | 'columns' | 'input' | 'unread' | 'out'>> = {},
): Promise<Outcome> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
      options.out?.(text);
    },
    input: options.input,
    unread: options.unread,
    err: (text) => {
      err += text;
    },
    terminal: null,
    columns: options.columns,
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
  };
  const code = await runCli(argv, io);
  return { code, out, err };
}

/** Starts the command line in this process. @param env all variables that it sees */
export function startHere(argv: readonly string[], env: Io['env'] = {}): Started {
  const begin = performance.now();
  const stop = new AbortController();
  let out = '';
  const err = new Said();
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => err.add(text),
    terminal: null,
    env,
    signal: stop.signal,
  };
  const ended = runCli(argv, io).then((code) => {
    return { code, out, err: err.text, elapsed: performance.now() - begin };
  });
  return { ended, says: err.before(ended), interrupt: () => stop.abort(new Stopped(130)) };
}
