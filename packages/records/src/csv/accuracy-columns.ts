import type { CsvTable } from './read-csv.js';

/** Names of a column of architectures, the usual ones first. */
export const ARCHITECTURE_COLUMNS: readonly string[] = [
  'architecture',
  'arch',
  'genotype',
  'arch_str',
  'architecture_str',
];

/** Words that name an accuracy: accuracy, acc, valacc, top1, test, valid. */
const ACCURACY = /^(?:(?:val|valid|test|mean|avg|top)?acc(?:uracy|uracies)?|test|valid|validation|top1)$/;

/** Words that name something else, beside whatever word: the loss on test images, the time of a validation. */
const OTHER = wordSet(
  'loss losses err error errors regret misclassification misclassified',
  'nll likelihood loglikelihood entropy crossentropy xentropy xent ce ece brier perplexity ppl',
  'mae mse rmse mape deviation std stddev stderr sem var variance ci',
  'time times sec secs second seconds ms latency date timestamp duration cost',
  'param params macs flops rank ranking epoch epochs train training',
);

/** Words that name something else at the end: `test_seed` is a seed, `test_acc_seed777` an accuracy. */
const OTHER_AT_END = wordSet('seed seeds id ids idx index step steps samples images count size');

function wordSet(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((words) => words.split(' ')));
}

/** The words of a column's name: `valAcc12_cifar10-test` has val, acc, cifar and test. */
function wordsOf(name: string): string[] {
  return name
    .replace(/top[-_ ]?1(?!\d)/gi, ' top1 ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .flatMap((word) => (word === 'top1' ? [word] : word.split(/\d+/)));
}

/** Columns of a table that are accuracies by their names, and those that only seem to be. */
export interface AccuracyColumns {
  readonly accuracies: readonly string[];
  /** Named after an accuracy and something else, such as `test-loss` or `valid_time`. */
  readonly leftOut: readonly string[];
}

/**
 * The columns whose names say that they are accuracies: one of their words is accuracy, acc, test, valid or top1, and
 * none names something else, such as loss, entropy, error, time, seed or train.
 */
export function accuracyColumns({ columns }: Pick<CsvTable, 'columns'>): AccuracyColumns {
  const named = columns.filter((name) => wordsOf(name).some((word) => ACCURACY.test(word)));
  const isOther = (name: string) => {
    const words = wordsOf(name);
    return words.some((word) => OTHER.has(word)) || OTHER_AT_END.has(words.at(-1)!);
  };
  return { accuracies: named.filter((name) => !isOther(name)), leftOut: named.filter(isOther) };
}
