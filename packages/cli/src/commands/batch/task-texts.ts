import { plural } from '@tenas/base';
import { distinctDatasetTexts } from '@tenas/records';
import { changesOf, methodOf, type Task } from '@tenas/runner';

/**
 * Words for these settings of jobs, as {@link taskText}, and behind them what tells apart those that have the same words.
 * @returns the words of one of `tasks`
 */
export function distinctTaskTexts(tasks: readonly Task[]): (task: Task) => string {
  const datasetOf = distinctDatasetTexts(tasks);
  const alike = new Map<string, Task[]>();
  for (const task of tasks) {
    const words = taskText(task, datasetOf(task));
    const others = alike.get(words);
    if (others === undefined) alike.set(words, [task]);
    else others.push(task);
  }
  const texts = new Map<Task, string>();
  for (const [words, some] of alike) {
    for (const [place, own] of differences(some).entries()) {
      texts.set(some[place]!, own.length === 0 ? words : `${words}, ${own.join(' ')}`);
    }
  }
  return (task) => texts.get(task)!;
}

/** Of each task the settings that not all of them have. */
function differences(tasks: readonly Task[]): readonly (readonly string[])[] {
  if (tasks.length === 1) return [[]];
  const settings = tasks.map((task) => changesOf(task)?.split(' ') ?? []);
  const sets = settings.map((own) => new Set(own));
  const shared = new Set(settings[0]!.filter((setting) => sets.every((own) => own.has(setting))));
  return settings.map((own) => own.filter((setting) => !shared.has(setting)));
}

/** A setting in a few words: `nas-bench-201 on cifar10: score, 3 repeats (METRIC, METRIC)`. @param dataset in words */
function taskText(task: Task, dataset: string): string {
  const metrics = task.metrics.map(({ name }) => name).join(', ') || 'no metrics';
  const place = `${task.space} on ${dataset}`;
  switch (task.kind) {
    case 'score':
      return `${place}: score, ${plural(task.repeats, 'repeat')} (${metrics})`;
    case 'search':
      return `${place}: search by ${methodOf(task)} (${metrics})`;
    case 'train': {
      const { recipe, epochs, batchSize, network } = task;
      const size = [...['C', 'N'].flatMap((name) => (name in network ? [`${name}=${network[name]}`] : []))];
      const about = [plural(epochs, 'epoch'), `batches of ${batchSize}`, ...size].join(', ');
      return `${place}: train by ${recipe.name} (${about})`;
    }
  }
}
