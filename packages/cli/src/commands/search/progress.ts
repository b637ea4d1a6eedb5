import { countText, durationText, numberText } from '@tenas/base';
import type { SearchEvent, SearchState } from '@tenas/search';
import { SingleBar } from 'cli-progress';
import { type Io, showProgress } from '../../io.js';
import { shortChoices } from './operation-names.js';

/** Shows a search while it runs. */
export interface SearchProgress {
  readonly show: (event: SearchEvent) => void;
  /** Leaves the terminal as it was; also for searches that do not finish. */
  readonly stop: () => void;
}

/** A bar on a terminal, a line now and then elsewhere. */
export function searchProgress(io: Io): SearchProgress {
  return io.terminal === null ? progressLines(io) : progressBar(io, io.terminal);
}

function remaining({ secondsLeft }: SearchState): string {
  return secondsLeft === null ? 'time left not known yet' : `about ${durationText(secondsLeft)} left`;
}

/** Architectures that the constraints refused; nothing where there are none. */
function refusals({ refused = 0 }: SearchState): string[] {
  return refused === 0 ? [] : [`${countText(refused)} refused by the constraints`];
}

function startLine(event: Extract<SearchEvent, { kind: 'start' }>): string {
  const { strategy, space, dataset, seed, text } = event;
  return `searching ${space} on ${dataset} by ${strategy}, seed ${seed}: ${text}`;
}

/** The best so far with its scores; empty: there is none. */
function bestText({ bestChoices, best, values }: SearchState): string {
  const name = bestChoices === null ? best : shortChoices(bestChoices);
  if (name === null) return '';
  const scores = Object.entries(values ?? {}).map(([metric, value]) => `${metric} ${numberText(value)}`);
  return scores.length === 0 ? name : `${name} (${scores.join(', ')})`;
}

/** Within a step, a line at most this often. */
const LINE_INTERVAL = 10;

function progressLines(io: Io): SearchProgress {
  let lastLine = 0;
  const line = (event: SearchState, news: readonly string[]) => {
    lastLine = event.secondsElapsed;
    const best = bestText(event);
    const soFar = best === '' ? '' : `; best so far: ${best}`;
    showProgress(io, `  step ${event.step + 1}/${event.steps}, ${event.label}, ${news.join(', ')}${soFar}\n`);
  };
  const show = (event: SearchEvent): void => {
    switch (event.kind) {
      case 'start':
        showProgress(io, `${startLine(event)}\n`);
        return;
      case 'progress':
        if (event.secondsElapsed - lastLine < LINE_INTERVAL || event.done === event.total) return;
        line(event, [`${event.done} of ${event.total}`, ...refusals(event), remaining(event)]);
        return;
      case 'step-end': {
        const last = event.step + 1 === event.steps;
        line(event, [
          `done after ${durationText(event.secondsElapsed)}`,
          ...(event.text === null ? [] : [event.text]),
          ...refusals(event),
          ...(last ? [] : [remaining(event)]),
        ]);
        return;
      }
      case 'note':
        io.err(`note: ${event.text}\n`);
        return;
      case 'step-start':
      case 'finish':
        return;
      default:
        unknownEvent(event);
    }
  };
  return { show, stop: () => {} };
}

/** Parts of a full bar. */
const PARTS = 1000;

function progressBar(io: Io, terminal: NodeJS.WriteStream): SearchProgress {
  const bar = new SingleBar({
    stream: terminal,
    format: 'step {step} {bar} {label} {done}, {left}  {best}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is handled by the command, which has a record to write.
    gracefulExit: false,
  });
  let running = false;
  const show = (event: SearchEvent): void => {
    switch (event.kind) {
      case 'start':
        showProgress(io, `${startLine(event)}\n`);
        return;
      case 'step-start':
      case 'progress':
      case 'step-end': {
        const { step, steps, label, done, total } = event;
        const words = {
          step: `${step + 1}/${steps}`,
          label,
          done: `${done}/${total}`,
          left: [...refusals(event), remaining(event)].join(', '),
          best: bestText(event),
        };
        const parts = Math.round(PARTS * event.share);
        if (running) bar.update(parts, words);
        else bar.start(PARTS, parts, words);
        running = true;
        return;
      }
      case 'note':
        // The bar comes back with the next event.
        stop();
        io.err(`note: ${event.text}\n`);
        return;
      case 'finish':
        stop();
        return;
      default:
        unknownEvent(event);
    }
  };
  const stop = (): void => {
    if (running) bar.stop();
    running = false;
  };
  return { show, stop };
}

function unknownEvent(event: never): void {
  throw new Error(`unknown search event ${JSON.stringify(event)}`);
}
