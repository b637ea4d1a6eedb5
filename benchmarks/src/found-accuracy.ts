import { readFileSync } from 'node:fs';
import { mean, median, sampleStandardDeviation } from '@tenas/base';
import { type AccuracyTable, readAccuracies } from '@tenas/evaluation';
import { readCsv } from '@tenas/records';
import { nasBench201 } from '@tenas/spaces';
import { markdownTable } from './text-table.js';

/** Accuracy columns that the study reads. */
export const ACCURACY_COLUMNS = ['cifar10_test200', 'cifar100_test200', 'imagenet16_120_test200'] as const;

/** Settings were chosen with the seeds below this in view. */
const FIRST_UNSEEN_SEED = 64;

/** Reads published accuracies of NAS-Bench-201. @throws TenasError `CSV_INVALID` naming what is missing */
export function publishedAccuracies(path: string): AccuracyTable {
  return readAccuracies(readCsv(readFileSync(path, 'utf8'), path), {
    space: nasBench201,
    columns: ACCURACY_COLUMNS,
    strict: true,
  });
}

interface Found {
  readonly accuracy: readonly number[];
  /** null: not on all threads of the machine. */
  readonly seconds: number | null;
}

/**
 * Table of the results of searches: one row per protocol and kind of images in the CSV files that quality-searches.js
 * writes. Times are the median of the searches on all threads, on a machine as busy as it was.
 */
export function foundAccuracies({ accuracies }: AccuracyTable, files: readonly string[]): string {
  const found = new Map<string, Found[]>();
  for (const file of files) {
    for (const { cells, line } of readCsv(readFileSync(file, 'utf8'), file).rows) {
      const accuracy = accuracies.get(cells.genotype ?? '')?.filter((value) => value !== null);
      if (accuracy?.length !== ACCURACY_COLUMNS.length) {
        throw new Error(`${file}: line ${line}: the accuracy table has no ${JSON.stringify(cells.genotype)}`);
      }
      const key = `${cells.protocol}, ${cells.dataset}`;
      const seconds = cells.threads === 'all' ? Number(cells.seconds) : null;
      const unseen = Number(cells.seed) >= FIRST_UNSEEN_SEED;
      for (const group of unseen ? [key, `${key}, seeds from ${FIRST_UNSEEN_SEED}`] : [key]) {
        found.set(group, [...(found.get(group) ?? []), { accuracy, seconds }]);
      }
    }
  }
  const rows = [...found].map(([key, all]) => {
    const column = (index: number) => all.map(({ accuracy }) => accuracy[index]!);
    const figure = (index: number) => {
      const values = column(index);
      return `${mean(values).toFixed(2)} ± ${values.length > 1 ? sampleStandardDeviation(values).toFixed(2) : '-'}`;
    };
    const times = all.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
    const time = times.length === 0 ? '-' : `${median(times).toFixed(1)} s`;
    return [key, String(all.length), ...[0, 1, 2].map(figure), Math.min(...column(0)).toFixed(2), time];
  });
  return markdownTable(
    [
      'protocol, images',
      'seeds',
      'CIFAR-10',
      'CIFAR-100',
      'ImageNet16-120',
      'worst, CIFAR-10',
      'median time',
    ],
    rows,
  );
}
