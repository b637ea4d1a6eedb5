import { durationText, plural } from '@tenas/base';
import type { SearchEvent } from '@tenas/search';
import { SingleBar } from 'cli-progress';
import type { Io } from '../../io.js';
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

function remaining(secondsLeft: number | null): string {
  return secondsLeft === null ? 'time left not known yet' : `about ${durationText(secondsLeft)} left`;
}

function startLine(event: Extract<SearchEvent, { kind: 'search-start' }>): string {
  const { space, dataset, protocol, seed, rounds, evaluations, settings } = event;
  const kernel = `${evaluations.ntk} NTK (${settings.ntk.mode} mode, batch ${settings.ntk.batchSize})`;
  return `searching ${space} on ${dataset}, ${protocol} protocol, seed ${seed}: ${plural(rounds, 'round')}, ${kernel} and ${evaluations.regions} region evaluations`;
}

function prunedIn(event: Extract<SearchEvent, { kind: 'round-end' }>): string {
  const { record } = event;
  if (record.kind === 'operations') {
    const count = record.decisions.reduce((sum, { pruned }) => sum + pruned.length, 0);
    return `${plural(count, 'operation')} pruned`;
  }
  const { pruned, group } = record.decision;
  return `${plural(pruned.length, 'edge')} of the ${group} cell pruned`;
}

function scoredIn({ record }: Extract<SearchEvent, { kind: 'stage-end' }>): string {
  return `${plural(record.finalists.length, 'architecture')} scored, ${record.kept === 1 ? 'the best' : `the best ${record.kept}`} kept`;
}

/** Within a round, a line at most this often. */
const lineInterval = 10;

function progressLines(io: Io): SearchProgress {
  let lastLine = 0;
  const show = (event: SearchEvent): void => {
    switch (event.kind) {
      case 'search-start':
        io.err(`${startLine(event)}\n`);
        return;
      case 'candidates-done': {
        if (event.secondsElapsed - lastLine < lineInterval || event.done === event.total) return;
        lastLine = event.secondsElapsed;
        const best = event.best === null ? '' : `; best so far: ${shortChoices(event.best)}`;
        io.err(
          `  round ${event.round + 1}/${event.rounds}: candidate ${event.done}/${event.total}, ${remaining(event.secondsLeft)}${best}\n`,
        );
        return;
      }
      case 'round-end': {
        const last = event.record.round + 1 === event.rounds;
        lastLine = event.secondsElapsed;
        io.err(
          `  round ${event.record.round + 1}/${event.rounds} done after ${durationText(event.secondsElapsed)}: ${prunedIn(event)}${last ? '' : `, ${remaining(event.secondsLeft)}`}; best so far: ${shortChoices(event.best)}\n`,
        );
        return;
      }
      case 'stage-end':
        lastLine = event.secondsElapsed;
        io.err(
          `  round ${event.round + 1}/${event.rounds} done after ${durationText(event.secondsElapsed)}: ${scoredIn(event)}; best so far: ${shortChoices(event.best)}\n`,
        );
        return;
      case 'round-start':
      case 'finish':
        return;
      default:
        unknownEvent(event);
    }
  };
  return { show, stop: () => {} };
}

function progressBar(io: Io, terminal: NodeJS.WriteStream): SearchProgress {
  const bar = new SingleBar({
    stream: terminal,
    format: 'round {round} {bar} candidate {candidate}, {left}  {best}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is handled by the command, which has a record to write.
    gracefulExit: false,
  });
  let running = false;
  let finishedRounds = 0;
  const show = (event: SearchEvent): void => {
    switch (event.kind) {
      case 'search-start': {
        io.err(`${startLine(event)}\n`);
        const total = event.evaluations.ntk + event.evaluations.regions;
        bar.start(total, 0, { round: `1/${event.rounds}`, candidate: '0', left: remaining(null), best: '' });
        running = true;
        return;
      }
      case 'round-start':
        bar.setTotal(event.evaluations.ntk + event.evaluations.regions);
        bar.update({ round: `${event.round + 1}/${event.rounds}`, candidate: `0/${event.candidates}` });
        return;
      case 'candidates-done':
        bar.update(finishedRounds + event.evaluations.done, {
          candidate: `${event.done}/${event.total}`,
          left: remaining(event.secondsLeft),
          ...(event.best === null ? {} : { best: shortChoices(event.best) }),
        });
        return;
      case 'round-end':
      case 'stage-end':
        finishedRounds += Object.values(event.step.evaluations).reduce((sum, times) => sum + times, 0);
        bar.update(finishedRounds, { left: remaining(event.secondsLeft), best: shortChoices(event.best) });
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
