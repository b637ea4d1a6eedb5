import { type Io, runCli } from '@tenas/cli';

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
