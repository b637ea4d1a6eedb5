import { TenasError } from '@tenas/base';
import type { PlugInReference, PlugInsRecorded } from '@tenas/records';
import type { Task } from './tasks.js';

/** Names in a task, by kind of plug-in. */
type Names = { readonly [Kind in PlugInReference['kind']]: readonly string[] };

/**
 * Selects the named ones among some plug-ins, in the order of kind and name, so that equal tasks have equal lists.
 * @param loaded from files in this process
 */
export function plugInsAmong(loaded: readonly PlugInReference[], names: Names): PlugInReference[] {
  return loaded
    .filter(({ kind, name }) => names[kind].includes(name))
    .sort((a, b) => orderOf(a).localeCompare(orderOf(b), 'en'));
}

function orderOf({ kind, name }: PlugInReference): string {
  return `${kind} ${name}`;
}

/**
 * Whether this process can do a task as it was meant: with the plug-ins that it was planned with and no others.
 * @param loaded from files in this process
 * @throws TenasError `PLUG_IN_MISSING`; `PLUG_IN_CHANGED` naming both hashes, also for a task that names a plug-in of this
 * process as if it came from no file
 */
export function checkPlugIns(task: Task, loaded: readonly PlugInReference[]): void {
  for (const wanted of task.plugins) {
    const found = loaded.find(({ kind, name }) => kind === wanted.kind && name === wanted.name);
    if (found === undefined) {
      throw failure(
        'PLUG_IN_MISSING',
        wanted,
        `a job needs the ${wanted.kind} ${wanted.name} with SHA-256 ${wanted.sha256}; start the worker with --${wanted.kind} FILE`,
      );
    }
    if (found.sha256 !== wanted.sha256) {
      throw failure(
        'PLUG_IN_CHANGED',
        wanted,
        `the ${wanted.kind} ${wanted.name} of this worker has SHA-256 ${found.sha256}, that of a job ${wanted.sha256}; give the worker the same file`,
      );
    }
  }
  const unnamed = plugInsAmong(loaded, namesOf(task)).find(
    ({ kind, name }) => !task.plugins.some((one) => one.kind === kind && one.name === name),
  );
  if (unnamed === undefined) return;
  throw failure(
    'PLUG_IN_CHANGED',
    unnamed,
    `a job means a ${unnamed.kind} ${unnamed.name} that comes from no file, this worker has one with SHA-256 ${unnamed.sha256}`,
  );
}

/** The names in a task. */
function namesOf(task: Task): Names {
  return {
    space: [task.space],
    metric: task.metrics.map(({ name }) => name),
    strategy: task.kind === 'search' ? [task.strategy] : [],
  };
}

/** The plug-ins of some tasks, of another version of one again. */
export function plugInsOf(tasks: readonly Task[]): readonly PlugInReference[] {
  return tasks.flatMap(({ plugins }) => plugins);
}

/** How messages tell of the plug-ins of a store's jobs. */
export function plugInsOfStore(path: string, advice: string): PlugInsRecorded {
  return { since: 'the batch began', of: `the jobs in ${path}`, advice };
}

function failure(code: string, { kind, name }: PlugInReference, message: string): TenasError {
  return new TenasError(code, message, { field: kind, value: name });
}
