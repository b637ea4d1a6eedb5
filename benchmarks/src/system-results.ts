import { readFileSync } from 'node:fs';
import { mean, median, sampleStandardDeviation } from '@tenas/base';
import type { AccuracyTable } from '@tenas/evaluation';
import { gradientDetailOf, policyDetailOf, readCsv, type SearchRecord, stagedDetailOf } from '@tenas/records';
import { markdownTable } from './text-table.js';

/** Columns of the CSV of `systems.js`. */
export const SYSTEM_COLUMNS = [
  ...['system', 'dataset', 'seed', 'genotype', 'evaluations', 'seconds', 'threads'],
] as const;

/**
 * Networks that a search looked at: the draws from its policy if it has one, the candidates of its stages, the finalists
 * if it compared some, else the architectures that it scored.
 */
export function networksSeen({
  detail,
  scored,
}: Pick<SearchRecord, 'detail'> & { readonly scored: readonly object[] }): number {
  const drawn = policyDetailOf({ detail })?.states.at(-1)?.drawn;
  const stages = stagedDetailOf({ detail })?.stages;
  const candidates = stages?.reduce((sum, stage) => sum + stage.candidates.length, 0);
  return drawn ?? candidates ?? gradientDetailOf({ detail })?.finalists?.length ?? scored.length;
}

/**
 * What the best of some random networks has on average, the best by the first column: the expectation over all draws of
 * `count` different networks.
 *
 * @param networks accuracies by column, one list for each network
 * @returns by column
 */
export function bestOfRandom(networks: readonly (readonly number[])[], count: number): number[] {
  const ascending = networks.toSorted((a, b) => a[0]! - b[0]!);
  const drawn = Math.min(count, ascending.length);
  /** Chance that none of the drawn ones lies behind a place. */
  let below = 1;
  const sums = ascending[0]!.map(() => 0);
  for (let place = ascending.length; place >= drawn && below > 0; place--) {
    const before = (below * (place - drawn)) / place;
    for (const column of sums.keys()) {
      sums[column] = sums[column]! + (below - before) * ascending[place - 1]![column]!;
    }
    below = before;
  }
  return sums;
}

/** One search in a CSV. */
interface Row {
  readonly accuracies: readonly number[];
  readonly evaluations: number;
  readonly seconds: number;
}

/**
 * Table of what systems found in the files of `systems.js`, each beside the best of as many random networks. Times are
 * the median, on a machine as busy as it was.
 *
 * @throws Error naming file and line of a network that the table does not have
 */
export function systemTable({ accuracies }: AccuracyTable, files: readonly string[]): string {
  const complete = [...accuracies.values()].flatMap((values) => {
    const known = values.filter((value) => value !== null);
    return known.length === values.length ? [known] : [];
  });
  const found = new Map<string, Row[]>();
  for (const file of files) {
    for (const { cells, line } of readCsv(readFileSync(file, 'utf8'), file).rows) {
      const known = accuracies.get(cells.genotype ?? '')?.filter((value) => value !== null);
      if (known === undefined) {
        throw new Error(`${file}: line ${line}: the accuracy table has no ${JSON.stringify(cells.genotype)}`);
      }
      const row = {
        accuracies: known,
        evaluations: Number(cells.evaluations),
        seconds: Number(cells.seconds),
      };
      found.set(cells.system!, [...(found.get(cells.system!) ?? []), row]);
    }
  }
  const rows = [...found].map(([system, all]) => {
    const column = (place: number) => all.map((row) => row.accuracies[place]!);
    const deviation = all.length > 1 ? sampleStandardDeviation(column(0)).toFixed(2) : '-';
    const evaluations = Math.round(mean(all.map((row) => row.evaluations)));
    return [
      ...[system, String(all.length)],
      `${mean(column(0)).toFixed(2)} ± ${deviation} / ${[1, 2].map((place) => mean(column(place)).toFixed(2)).join(' / ')}`,
      ...[Math.min(...column(0)).toFixed(2), String(evaluations)],
      // A search that compares no networks has seen none: there is no number to draw.
      evaluations === 0
        ? '-'
        : bestOfRandom(complete, evaluations)
            .map((value) => value.toFixed(2))
            .join(' / '),
      `${median(all.map(({ seconds }) => seconds)).toFixed(0)} s`,
    ];
  });
  return markdownTable(
    ['system', 'seeds', 'found', 'worst', 'networks seen', 'best of as many random', 'median time'],
    rows,
  );
}
