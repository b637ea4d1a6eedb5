import { mean } from '@tenas/base';
import { type JobFields, type JobRow, jobFields, resultOf, type Task } from '@tenas/runner';

/** Results of one task and architecture with several seeds as one row. */
export interface SeedMeans {
  readonly fields: JobFields;
  readonly task: Task;
}

interface Group {
  readonly task: Task;
  readonly kind: string;
  readonly architecture: string | null;
  readonly space: unknown;
  readonly dataset: unknown;
  readonly index: unknown;
  readonly values: (number | null)[][];
}

/**
 * Means over the seeds, task by task and architecture by architecture, in the order of the rows. Where a seed has no value there is
 * no mean, as a mean of the others would flatter.
 * @param columns that have means
 */
export function seedMeans(rows: Iterable<JobRow>, columns: readonly string[]): SeedMeans[] {
  const tasks = new Map<Task, Map<string | null, Group>>();
  const groups: Group[] = [];
  for (const row of rows) {
    const { task, architecture } = row;
    const fields = jobFields(row, resultOf(row));
    const ofTask = tasks.get(task) ?? new Map<string | null, Group>();
    tasks.set(task, ofTask);
    let group = ofTask.get(architecture);
    if (group === undefined) {
      const { space, dataset, index } = fields;
      group = { task, kind: task.kind, architecture, space, dataset, index, values: columns.map(() => []) };
      ofTask.set(architecture, group);
      groups.push(group);
    }
    for (const [place, column] of columns.entries()) {
      const value = fields[column];
      group.values[place]!.push(typeof value === 'number' ? value : null);
    }
  }
  return groups.map(({ task, values, ...names }) => {
    const means = columns.map((column, place) => {
      const known = values[place]!.filter((value) => value !== null);
      return [column, known.length < values[place]!.length ? null : mean(known)] as const;
    });
    const fields = { ...names, seeds: values[0]?.length ?? 0, ...Object.fromEntries(means) };
    return { task, fields: fields as JobFields };
  });
}
