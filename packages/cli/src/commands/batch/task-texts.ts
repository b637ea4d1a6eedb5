import { plural } from '@tenas/base';
import { distinctDatasetTexts } from '@tenas/records';
import { changesOf, methodOf, type Task } from '@tenas/runner';

/** Words for settings of jobs, as {@link taskText}, and behind them what tells apart those that have the same words. */
export function distinctTaskTexts(tasks: readonly Task[]): (task: Task) => string {
  const datasetOf = distinctDatasetTexts(tasks);
  const wordsOf = (task: Task) => taskText(task, datasetOf(task));
  const settingsOf = (task: Task) => changesOf(task)?.split(' ') ?? [];
  const alike = new Map<string, Set<string>[]>();
  for (const task of tasks) {
    const words = wordsOf(task);
    alike.set(words, [...(alike.get(words) ?? []), new Set(settingsOf(task))]);
  }
  return (task) => {
    const words = wordsOf(task);
    const others = alike.get(words) ?? [];
    const own = settingsOf(task).filter((setting) => others.some((settings) => !settings.has(setting)));
    return own.length === 0 ? words : `${words}, ${own.join(' ')}`;
  };
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
