import { durationText, numberText } from '@tenas/base';
import type { StudyProgress } from '@tenas/evaluation/task-study';
import { type Io, showProgress } from '../../io.js';

/** Between two lines where there is no terminal, in milliseconds. */
const LINE_INTERVAL = 10_000;

/** Shows how many networks are trained, on a terminal in one line, elsewhere in a line now and then. */
export function studyProgress(io: Io): {
  readonly show: (progress: StudyProgress) => void;
  readonly stop: () => void;
} {
  let last = performance.now();
  let shown = false;
  return {
    show({ done, total, task, secondsEach, secondsLeft }) {
      const line = [
        `${done} of ${total} networks trained, last on ${task}`,
        ...(secondsEach === null ? [] : [`${numberText(secondsEach, 2)} s each`]),
        ...(secondsLeft === null || done === total ? [] : [`about ${durationText(secondsLeft)} left`]),
      ].join(', ');
      if (io.terminal !== null) {
        showProgress(io, `\r\u001b[K${line}`);
        shown = true;
        return;
      }
      if (performance.now() - last < LINE_INTERVAL && done < total) return;
      last = performance.now();
      showProgress(io, `${line}\n`);
    },
    stop() {
      if (shown) showProgress(io, '\r\u001b[K');
      shown = false;
    },
  };
}
