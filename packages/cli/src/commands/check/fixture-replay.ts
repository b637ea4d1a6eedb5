import { type Fixture, fixtureOf, readFixtureFile } from './fixture-file.js';
import { replayTasks, type TaskComparisons, tasksAgree } from './fixture-tasks.js';
import { type MetricComparison, replayMetrics } from './metric-replay.js';
import { type PreparedFixture, prepareFixture, type ReplayOptions } from './prepared-fixture.js';
import { isTrainingFixture } from './training-fixture.js';
import { replayTraining, type TrainingReport } from './training-replay.js';

/** Result of `tenas check` for one file; the parts that a fixture holds no expectation for are absent. */
export interface FixtureReport extends TaskComparisons {
  readonly file: string;
  readonly case: string;
  readonly ok: boolean;
  /** Metrics by the fixture's names. */
  readonly metrics?: Readonly<Record<string, MetricComparison>>;
  readonly seconds: number;
}

/**
 * Builds a fixture's network, gives it the fixture's parameters and images, and compares what the engine makes of
 * them with what the fixture expects.
 * @throws TenasError naming the file where it cannot be read, is no fixture, or does not fit the network it describes
 */
export async function replayFixture(
  file: string,
  options: ReplayOptions = {},
): Promise<FixtureReport | TrainingReport> {
  const start = performance.now();
  const opened = await readFixtureFile(file);
  if (isTrainingFixture(opened)) return await replayTraining(opened, options);
  const fixture = fixtureOf(opened);
  const prepared = prepareFixture(file, fixture, options);
  try {
    const { metrics, tasks } = await comparisonsOf(prepared, options);
    return {
      file,
      case: fixture.case.name,
      ok: tasksAgree(tasks) && Object.values(metrics).every(({ ok }) => ok !== false),
      ...tasks,
      ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    prepared.network.program.dispose();
  }
}

/** A fixture is one of metrics, or one of the engine's tasks. */
async function comparisonsOf(
  prepared: PreparedFixture,
  options: ReplayOptions,
): Promise<{ metrics: Readonly<Record<string, MetricComparison>>; tasks: TaskComparisons }> {
  const { fixture, network } = prepared;
  const metrics = isOfOneBatch(fixture) ? await replayMetrics(fixture, network, options) : {};
  return { metrics, tasks: Object.keys(metrics).length > 0 ? {} : await replayTasks(prepared) };
}

function isOfOneBatch({ input }: Fixture): boolean {
  return input.shape.length === 4;
}
