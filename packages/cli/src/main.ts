import { setImmediate } from 'node:timers/promises';
import { exitCodes } from './exit-codes.js';
import { type Io, Stopped } from './io.js';
import { runCli } from './program.js';
import { StandardStream } from './standard-stream.js';

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
// An unreadable result is not worth more work; unreadable progress stops nothing.
const left = new AbortController();
const out = new StandardStream(process.stdout, 'standard output', {
  failure: (failure) => controller.abort(failure),
  readerLeft: () => left.abort(),
});
const err = new StandardStream(process.stderr, 'standard error');

const io: Io = {
  out: out.write,
  unread: left.signal,
  err: err.write,
  terminal: process.stderr.isTTY ? process.stderr : null,
  columns: process.stdout.columns,
  env: process.env,
  signal: controller.signal,
};

const code = await runCli(process.argv.slice(2), io);
// Failures of a stream that is no file come a moment later.
await setImmediate();
const failure = out.failure ?? err.failure;
if (failure === null || code > exitCodes.checkFailed) {
  process.exitCode = code;
} else {
  process.exitCode = exitCodes.unavailable;
  io.err(`error: ${failure.message}\n`);
}
