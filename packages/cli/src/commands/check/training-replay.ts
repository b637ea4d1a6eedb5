import { type Device, Program, type Trainer } from '@tenas/native';
import { replayAlphas } from './alpha-replay.js';
import { type FixtureFile, invalid } from './fixture-file.js';
import { replayGradient } from './gradient-replay.js';
import { replaySgd } from './sgd-replay.js';
import { DeviationSums, type Deviations } from './training-deviations.js';
import { type SgdCase, trainingFixture } from './training-fixture.js';
import type { TrainingReplay } from './training-run.js';

/** What `tenas check` says of a fixture of a training task. */
export interface TrainingReport extends Deviations {
  readonly file: string;
  readonly case: string;
  readonly task: 'gradient' | 'sgd' | 'alphas';
  readonly seconds: number;
}

/** Settings of {@link replayTraining}. */
export interface TrainingReplayOptions {
  readonly engine?: 'fast' | 'reference' | undefined;
  /** Default: all of the machine's. */
  readonly threads?: number | undefined;
  /** `auto` trains on the CPU. */
  readonly device?: Device | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does what a training fixture describes with a trainer of ours, and compares.
 * @throws TenasError naming the file where it is not whole, or does not fit the network it describes
 */
export async function replayTraining(
  opened: FixtureFile,
  options: TrainingReplayOptions,
): Promise<TrainingReport> {
  const start = performance.now();
  const fixture = trainingFixture(opened);
  const { engine = 'fast', threads, device, signal } = options;
  const sums = new DeviationSums();
  const program = Program.compile(fixture.network.graph);
  try {
    const trainer = (sgd?: SgdCase, labelSmoothing = 0): Trainer =>
      program.trainer({
        weights: { kind: 'explicit', data: fixture.parameters },
        optimiser: {
          kind: 'sgd',
          momentum: sgd?.momentum,
          nesterov: sgd?.nesterov,
          weightDecay: sgd?.weight_decay,
        },
        loss: { kind: 'cross-entropy', labelSmoothing },
        clip: sgd?.clip,
        threads,
        ...(device === 'cuda' ? { device } : { engine }),
      });
    await replayTask({ fixture, sums, engine, trainer, signal });
    // The other forms of GDAS's gradient are of single precision alone.
    const left = fixture
      .unread()
      .find((name) => engine === 'fast' || !/^expected\.alpha_gradients_(all|constants)\./.test(name));
    if (left !== undefined) {
      const problem = `has a tensor ${left}, with which a case of the task ${fixture.case.task} compares nothing`;
      throw invalid(opened.path, problem, left);
    }
  } finally {
    program.dispose();
  }
  return {
    file: opened.path,
    case: fixture.case.name,
    task: fixture.case.task,
    ...sums.result(fixture.case, engine),
    seconds: (performance.now() - start) / 1000,
  };
}

function replayTask(replay: TrainingReplay): Promise<void> {
  const { fixture, ...rest } = replay;
  const { case: described } = fixture;
  switch (described.task) {
    case 'gradient':
      return replayGradient({ ...rest, fixture: { ...fixture, case: described } });
    case 'sgd':
      return replaySgd({ ...rest, fixture: { ...fixture, case: described } });
    case 'alphas':
      return replayAlphas({ ...rest, fixture: { ...fixture, case: described } });
  }
}
