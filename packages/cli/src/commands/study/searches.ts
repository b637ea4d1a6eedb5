import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeOutputFile } from '@tenas/base';
import type { ImageSource, LearningTaskName } from '@tenas/data';
import type { AccuracyTable } from '@tenas/evaluation';
import { type CompleteSearch, csvRow, parseJsonText, readSearchRecord, type TaskStudy } from '@tenas/records';
import { completeSettings, getStrategy, runSearch, SearchInterrupted } from '@tenas/search';
import type { Space } from '@tenas/spaces';
import { inputText } from '../../input-text.js';
import { type Io, showProgress } from '../../io.js';
import type { PlugIns } from '../../plug-ins.js';
import { searchProgress } from '../search/progress.js';
import { withTool, writeRecord } from '../search/record-file.js';
import { finalParams } from './final-params.js';

/** The searches of a study. */
export type TaskSearches = NonNullable<TaskStudy['searches']>;

/** What {@link searchByTasks} needs. */
export interface SearchWork {
  readonly space: Space;
  readonly source: ImageSource;
  /** Name of a strategy with the setting `task`. */
  readonly strategy: string;
  /** As its schema has read them; `task` is that of each search. */
  readonly settings: object;
  readonly tasks: readonly LearningTaskName[];
  /** Of the first search on each task, and how many there are. */
  readonly seed: number;
  readonly seeds: number;
  readonly threads: number | undefined;
  /** Folder of the records. */
  readonly out: string;
  /** Judges what is found; null: nothing does. */
  readonly judge: { readonly table: AccuracyTable; readonly column: number } | null;
  readonly plugIns: PlugIns;
  readonly io: Io;
}

/**
 * Searches once for each task and seed, keeps the records in a folder, and takes over those that are there already.
 *
 * @throws what `runSearch` throws; TenasError `RECORD_INVALID` naming a damaged record; the signal's reason
 */
export async function searchByTasks(work: SearchWork): Promise<TaskSearches> {
  const { strategy: name, tasks, seeds, seed: first, space, judge } = work;
  const found: TaskSearches['found'][number][] = [];
  for (const task of tasks) {
    for (let seed = first; seed < first + seeds; seed++) {
      const record = await searched(work, task, seed);
      const { architecture, seconds } = record;
      found.push({
        ...{ task, seed, architecture, seconds },
        params: finalParams(space, space.parse(architecture), work.source),
        accuracy: judge?.table.accuracies.get(architecture)?.[judge.column] ?? null,
      });
    }
  }
  const { task: _, ...settings } = settingsOf(work, tasks[0]!);
  return { strategy: name, settings, found };
}

/** The settings of a search by a task, complete. */
function settingsOf({ strategy: name, settings, space, source }: SearchWork, task: LearningTaskName) {
  const strategy = getStrategy(name);
  const given = { ...settings, task };
  const completed = completeSettings(strategy, given, { space, source, metrics: [] }).settings;
  return { ...given, ...completed };
}

async function searched(work: SearchWork, task: LearningTaskName, seed: number): Promise<CompleteSearch> {
  const { space, source, strategy, out, io, threads, plugIns } = work;
  const settings = settingsOf(work, task);
  const plugins = plugIns.recorded();
  const facts = [space.name, plugins, strategy, settings, source.fingerprint, seed];
  const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 8);
  const name = `${strategy}-${task}-seed${seed}-${key}`;
  const path = join(out, `${name}.json`);
  if (existsSync(path)) {
    const known = readSearchRecord(parseJsonText(await inputText('--out', path, io.signal), path), path);
    if (known.status === 'complete') return known;
  }
  showProgress(io, `searching by the task ${task}\n`);
  const progress = searchProgress(io);
  try {
    const found = await runSearch({
      ...{ space, source, strategy, settings, seed, threads, plugins },
      signal: io.signal,
      onProgress: progress.show,
    });
    await writeRecord({ out, force: true, name }, withTool(found));
    return found;
  } catch (error) {
    throw error instanceof SearchInterrupted ? io.signal.reason : error;
  } finally {
    progress.stop();
  }
}

/** Writes what the searches found as a table. */
export async function writeSearchesCsv(path: string, { strategy, found }: TaskSearches): Promise<void> {
  const columns = ['strategy', 'task', 'seed', 'architecture', 'parameters', 'accuracy', 'seconds'];
  const rows = found.map(({ task, seed, architecture, params, accuracy, seconds }) => [
    ...[strategy, task, seed, architecture, params, accuracy, Number(seconds.toFixed(1))],
  ]);
  await writeOutputFile(path, `${[columns, ...rows].map((row) => csvRow(row)).join('\n')}\n`, {
    force: true,
  });
}
