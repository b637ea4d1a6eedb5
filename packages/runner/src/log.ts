import { createRequire } from 'node:module';
import type { Logger } from 'pino';
import type { BatchEvent } from './events.js';

/** How much is logged. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log that is one JSON document per line. */
export interface BatchLog extends Disposable {
  readonly event: (event: BatchEvent) => void;
  readonly logger: Logger;
}

/**
 * Opens a log file. A log that cannot be written (a full disk) loses lines and stops nothing.
 * @param bindings part of every line
 * @param scrub takes out of a line what must not appear
 */
export function openLog(
  path: string,
  level: LogLevel,
  bindings: Readonly<Record<string, unknown>>,
  scrub: (text: string) => string = (text) => text,
): BatchLog {
  const pino: typeof import('pino') = createRequire(import.meta.url)('pino');
  const destination = pino.destination({ dest: path, append: true, sync: true });
  destination.on('error', () => {});
  const logger = pino(
    {
      level,
      base: bindings,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: scrub },
    },
    destination,
  );
  return {
    logger,
    event: (event) => logEvent(logger, event),
    [Symbol.dispose]: () => destination.end(),
  };
}

function logEvent(logger: Logger, event: BatchEvent): void {
  switch (event.kind) {
    case 'start': {
      const { kind: _, ...counts } = event;
      logger.info(counts, 'batch starts');
      return;
    }
    case 'unit-done': {
      const { key, what, seconds, worker } = event;
      logger.info({ job: key, seconds, worker }, `done: ${what}`);
      return;
    }
    case 'unit-failed': {
      const { key, what, attempts, code, message, retried } = event;
      logger[retried ? 'warn' : 'error'](
        { job: key, attempts, code, retried },
        `failed: ${what}: ${message}`,
      );
      return;
    }
    case 'epoch': {
      const { key, what, done, epochs } = event;
      logger.debug({ job: key, done, epochs }, `epoch: ${what}`);
      return;
    }
    case 'advance':
      logger.debug({ status: event.status, ...event.changed }, 'stored');
      return;
    case 'note':
      logger[event.level](event.message);
      return;
  }
}
