import { countText, durationText } from '@tenas/base';
import type { TrainedEpoch, TrainingProgress } from '@tenas/train';
import { SingleBar } from 'cli-progress';
import { type Io, showProgress } from '../../io.js';

/** Shows a training while it runs. */
export interface ShownTraining {
  readonly show: (progress: TrainingProgress) => void;
  /** Leaves the terminal as it was; also for trainings that do not finish. */
  readonly stop: () => void;
}

/** A line per epoch; on a terminal a bar below, elsewhere a line now and then within an epoch. */
export function trainingProgress(io: Io): ShownTraining {
  const within = io.terminal === null ? linesWithin(io) : barWithin(io.terminal);
  let shown: number | undefined;
  return {
    show(progress) {
      const { done } = progress;
      // Epochs of an earlier run are not shown again.
      const before = shown ?? (progress.step === 0 ? done.length - 1 : done.length);
      for (const [index, epoch] of done.entries()) {
        if (index < before) continue;
        within.stop();
        showProgress(io, `${epochLine(epoch, index, progress)}\n`);
      }
      shown = done.length;
      if (progress.step > 0) within.show(progress);
    },
    stop: within.stop,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function epochLine(epoch: TrainedEpoch, index: number, { epochs, secondsLeft }: TrainingProgress): string {
  const { trainLoss, trainAccuracy, validAccuracy, seconds, imagesPerSecond } = epoch;
  return [
    `epoch ${index + 1}/${epochs}: loss ${trainLoss.toFixed(3)}`,
    `training accuracy ${percent(trainAccuracy)}`,
    ...(validAccuracy === null ? [] : [`validation ${percent(validAccuracy)}`]),
    `${durationText(seconds)}, ${countText(Math.round(imagesPerSecond))} images/s`,
    ...(index + 1 === epochs || secondsLeft === null ? [] : [`about ${durationText(secondsLeft)} left`]),
  ].join(', ');
}

function stateText({ loss, accuracy, imagesPerSecond, secondsLeft }: TrainingProgress): string {
  return [
    ...(loss === null ? [] : [`loss ${loss.toFixed(3)}`]),
    ...(accuracy === null ? [] : [percent(accuracy)]),
    ...(imagesPerSecond === null ? [] : [`${countText(Math.round(imagesPerSecond))} images/s`]),
    ...(secondsLeft === null ? [] : [`about ${durationText(secondsLeft)} left`]),
  ].join(', ');
}

/** Within an epoch, a line at most this often, in milliseconds. */
const LINE_INTERVAL = 10_000;

function linesWithin(io: Io): ShownTraining {
  let last = performance.now();
  return {
    show(progress) {
      if (performance.now() - last < LINE_INTERVAL) return;
      last = performance.now();
      const { done, epochs, step, stepsPerEpoch } = progress;
      showProgress(
        io,
        `  epoch ${done.length + 1}/${epochs}, step ${step}/${stepsPerEpoch}: ${stateText(progress)}\n`,
      );
    },
    stop() {
      last = performance.now();
    },
  };
}

function barWithin(terminal: NodeJS.WriteStream): ShownTraining {
  const bar = new SingleBar({
    stream: terminal,
    format: 'epoch {epoch} {bar} {state}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is handled by the command, which has a checkpoint to write.
    gracefulExit: false,
  });
  let running = false;
  return {
    show(progress) {
      const { done, epochs, step, stepsPerEpoch } = progress;
      const words = { epoch: `${done.length + 1}/${epochs}`, state: stateText(progress) };
      if (running) bar.update(step, words);
      else bar.start(stepsPerEpoch, step, words);
      running = true;
    },
    stop() {
      if (running) bar.stop();
      running = false;
    },
  };
}
