import { SEARCH_EVENT_VERSION } from '@tenas/records';
import type { SearchEvent } from '@tenas/search';
import { type Io, jsonText } from '../../io.js';
import type { SearchProgress } from './progress.js';

/** Seconds between two events of progress within a step, at least. */
const INTERVAL = 0.1;

/** Writes the events of a search as JSON lines to standard error, for programs that follow it. */
export function eventLines(io: Io): SearchProgress {
  let last = Number.NEGATIVE_INFINITY;
  const show = (event: SearchEvent): void => {
    if (event.kind === 'progress') {
      if (event.secondsElapsed - last < INTERVAL) return;
      last = event.secondsElapsed;
    }
    io.err(`${jsonText({ kind: event.kind, eventVersion: SEARCH_EVENT_VERSION, ...shown(event) })}\n`);
  };
  return { show, stop: () => {} };
}

/** The event without the whole record, which has a file. */
function shown(event: SearchEvent): object {
  if (event.kind !== 'finish') return event;
  const { architecture, scores, seconds } = event.record;
  return { architecture, scores, seconds };
}
