import { join } from 'node:path';
import { durationText, jsonValue, median, TenasError, writeOutputFile } from '@tenas/base';
import type { ImageSource, LearningTaskName } from '@tenas/data';
import { readAccuracies } from '@tenas/evaluation';
import {
  asRanking,
  bestOfMany,
  fittedSettings,
  judgeTasks,
  meanLosses,
  openRunFile,
  runScore,
  runStudy,
  type StudiedTask,
  studySample,
  type TableColumn,
} from '@tenas/evaluation/task-study';
import { nativeInfo } from '@tenas/native';
import { readCsv, TASK_STUDY_VERSION, type TaskScore, type TaskStudy } from '@tenas/records';
import { FileLock } from '@tenas/runner/lock';
import type { Space } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { optionInvalid } from '../../flag-reading.js';
import { openImageSource } from '../../image-source.js';
import { inputText } from '../../input-text.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { printResult, showProgress } from '../../io.js';
import { prepareFolder } from '../../output-folder.js';
import { PlugIns } from '../../plug-ins.js';
import { type GivenSetting, readSettings } from '../../settings-option.js';
import { version } from '../../version.js';
import { finalParams } from './final-params.js';
import type { taskStudyUsage } from './options.js';
import { studyProgress } from './progress.js';
import { ownerOfSearch } from './search-owner.js';
import { searchByTasks, writeSearchesCsv } from './searches.js';
import { studyText } from './summary.js';
import { ownerOfTask } from './task-fields.js';
import { taskNames } from './task-names.js';

type Given = GivenOf<typeof taskStudyUsage>;

/** `tenas study unnas`: how tasks without labels rank architectures, and which ones searches by them find. */
export async function taskStudy({ given, json, io }: Invocation<typeof taskStudyUsage>): Promise<ExitCode> {
  if (given.cells === 0 && given.search === undefined) {
    throw optionInvalid('--cells', given.cells, 'at least 2, or given beside --search');
  }
  const tasks = taskNames('--tasks', given.tasks);
  const shuffled = given.shuffled[0] === 'none' ? [] : taskNames('--shuffled', given.shuffled);
  const plugIns = new PlugIns();
  const space = await plugIns.space(given.space);
  const from = await tableColumn(given, space, io.signal);
  await prepareFolder(given.out);
  using _lock = new FileLock(join(given.out, 'study.lock'), () => lockedError(given.out));
  const { dataset, data, images = 'all' } = given;
  await using source = await disposable(openImageSource({ dataset, data, images, countAll: true }));
  const { settings, ofSearch } = settingsOf([...new Set([...tasks, ...shuffled])], given, source);
  const cells =
    given.cells === 0 ? [] : studySample(space, { cells: given.cells, seed: given.seed, from: from?.column });
  const chosen = [
    ...tasks.map((task) => ({ task, shuffled: false })),
    ...shuffled.map((task) => ({ task, shuffled: true })),
  ];
  const studied = (cells.length === 0 ? [] : chosen).map(
    (one): StudiedTask => ({
      ...one,
      name: one.shuffled ? `${one.task}, shuffled` : one.task,
      settings: settings.get(one.task)!,
    }),
  );
  const progress = studyProgress(io);
  const begin = performance.now();
  if (cells.length > 0) {
    showProgress(
      io,
      `training ${cells.length} architectures of ${space.name} on ${studied.map(({ name }) => name).join('; ')}, ${given.seeds} times each\n`,
    );
  }
  try {
    const runs =
      cells.length === 0
        ? []
        : await runStudy({
            ...{ space, source, cells, tasks: studied, seed: given.seed, seeds: given.seeds },
            threads: given.threads ?? nativeInfo().hardwareThreads,
            store: await openRunFile(join(given.out, 'runs.jsonl')),
            onProgress: progress.show,
            signal: io.signal,
          });
    const params = cells.map(({ architecture }) => finalParams(space, architecture, source));
    const by = (score: TaskScore, place: number) => runs[place]!.map((some) => runScore(some, score));
    const { score } = given;
    const judged = studied.map(({ name }, place) => ({
      name,
      scores: by(score, place).map((value) => asRanking(value, score)),
    }));
    const table = from === null ? null : cells.map(({ accuracy }) => accuracy);
    progress.stop();
    const { search } = given;
    const searches =
      search === undefined
        ? undefined
        : await searchByTasks({
            ...{ space, source, tasks, plugIns, io, strategy: search, settings: ofSearch },
            ...{ seed: given.seed, seeds: given.seeds, threads: given.threads, out: given.out },
            judge: from?.column ?? null,
          });
    if (searches !== undefined) await writeSearchesCsv(join(given.out, 'unnas-searches.csv'), searches);
    const document: TaskStudy = {
      kind: 'task-study',
      studyVersion: TASK_STUDY_VERSION,
      versions: { tool: version(), isa: nativeInfo().isa },
      space: space.name,
      dataset: { name: source.name, fingerprint: source.fingerprint },
      ...{ seed: given.seed, seeds: given.seeds, score },
      table: from && { file: from.file, column: from.column.table.datasets[from.column.column]! },
      cells: cells.map(({ text, accuracy }, n) => ({ architecture: text, params: params[n]!, accuracy })),
      tasks: studied.map(({ name, task, shuffled, settings }, place) => ({
        ...{ name, task, shuffled, settings: { ...settings } },
        accuracy: by('best-accuracy', place),
        losses: runs[place]!.map(meanLosses),
        seconds: median(runs[place]!.flat().map(({ seconds }) => seconds)),
      })),
      results: judgeTasks({ tasks: judged, table, params, seed: given.seed }),
      bestOf: bestOfMany({ tasks: judged, table }),
      searches,
      seconds: (performance.now() - begin) / 1000,
    };
    const file = join(given.out, 'unnas.json');
    await writeOutputFile(file, `${JSON.stringify(document, jsonValue)}\n`, { force: true });
    progress.stop();
    printResult(io, json, document, () => studyText(document, file));
    return exitCodes.ok;
  } catch (error) {
    progress.stop();
    if (io.signal.aborted) {
      io.err(
        `interrupted after ${durationText((performance.now() - begin) / 1000)}; start it again to go on\n`,
      );
    }
    throw error;
  }
}

async function tableColumn({ table: file, accuracy }: Given, space: Space, signal: AbortSignal) {
  if (file === undefined) {
    if (accuracy === undefined) return null;
    throw optionInvalid('--accuracy', accuracy, 'left out, or given beside --table');
  }
  const text = await inputText('--table', file, signal);
  const table = readAccuracies(readCsv(text, file, { forgiving: true }), {
    ...{ space, columns: accuracy === undefined ? undefined : [accuracy] },
  });
  const column: TableColumn = { table, column: 0 };
  return { file, column };
}

async function disposable<S extends { close?(): Promise<void> }>(
  opening: Promise<S>,
): Promise<S & AsyncDisposable> {
  const source = await opening;
  return Object.assign(source, { [Symbol.asyncDispose]: async () => await source.close?.() });
}

/**
 * The settings of each task for the images at hand, and of the searches; `--epochs` holds for tasks without an own
 * setting.
 */
function settingsOf(tasks: readonly LearningTaskName[], { set, epochs, search }: Given, source: ImageSource) {
  const task = set.find(({ key }) => key === 'search.task');
  if (task !== undefined) {
    throw optionInvalid('--set search.task', task.text, 'left out: --tasks names the tasks');
  }
  const ofSearch = search === undefined ? [] : set.filter(({ key }) => key.startsWith('search.'));
  const ofTasks = set.filter((setting) => !ofSearch.includes(setting));
  const all: GivenSetting[] = tasks.flatMap((task) => {
    const key = `${task}.epochs`;
    if (epochs === undefined || set.some((setting) => setting.key === key)) return [];
    return [{ key, text: String(epochs), flag: '--epochs' }];
  });
  const read = readSettings(tasks.map(ownerOfTask), [...ofTasks, ...all]);
  return {
    settings: new Map(tasks.map((task, place) => [task, fittedSettings(read[place]!, source)])),
    ofSearch: search === undefined ? {} : readSettings([ownerOfSearch(search)], ofSearch)[0],
  };
}

function lockedError(out: string): TenasError {
  return new TenasError(
    'FOLDER_LOCKED',
    `--out: another \`tenas study\` works in ${out}; wait for it, stop it, or choose another folder`,
    { field: '--out', value: out },
  );
}
