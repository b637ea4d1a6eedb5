import { exitCodes } from './exit-codes.js';
import { type Io, Stopped } from './io.js';
import { runCli } from './program.js';

/**
 * How long a command may take to put things in order after Ctrl-C, in milliseconds. It takes a tenth of a second; on a
 * machine that is busy beyond measure a record that comes late is better than none, and a second Ctrl-C does not wait.
 */
const gracePeriod = 3000;

const controller = new AbortController();

function stopOn(signal: 'SIGINT' | 'SIGTERM', code: 130 | 143): void {
  process.on(signal, () => {
    // The second request does not wait for anything.
    if (controller.signal.aborted) process.exit(code);
    setTimeout(() => process.exit(code), gracePeriod).unref();
    controller.abort(new Stopped(code));
  });
}

stopOn('SIGINT', exitCodes.interrupted);
stopOn('SIGTERM', exitCodes.terminated);
// The reader of a pipe may leave early (`tenas ... | head`): nothing is wrong then.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const io: Io = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  terminal: process.stderr.isTTY ? process.stderr : null,
  columns: process.stdout.columns,
  env: process.env,
  signal: controller.signal,
};

process.exitCode = await runCli(process.argv.slice(2), io);
