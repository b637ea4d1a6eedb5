import { join } from 'node:path';
import { writeOutputFile } from '@tenas/base';
import { csvText, readCsv } from '@tenas/records';
import { repositoryRoot } from './paths.js';
import type { Row } from './result.js';

/** The figures that the tables of the docs are made of, from the repository's root. */
export const SPEED_FILE = 'benchmarks/speed/metrics.csv';

/** The file itself. */
export const speedPath = join(repositoryRoot, SPEED_FILE);

/** Medians of a run. */
const COLUMNS = ['network', 'metric', 'threads', 'side', 'median', 'unit'] as const;

/** Writes the medians of all rows that are times of metrics. */
export async function saveSpeeds(rows: readonly Row[]): Promise<void> {
  await writeOutputFile(speedPath, speedCsv(rows), { force: true });
}

/** The lines of the file. */
export function speedCsv(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ settings, summary, unit }) => {
    if (settings?.metric === undefined || settings.side === 'ratio') return [];
    const { network, metric, threads, side } = settings;
    const median = summary.median.toPrecision(4);
    return [
      {
        ...{ network: String(network), metric: String(metric), threads: String(threads) },
        ...{ side: String(side), median, unit },
      },
    ];
  });
  return csvText(COLUMNS, lines, { raw: true });
}

/** A median of the file: milliseconds per network of one metric, or of several in one pass (`a+b`). */
export interface Speed {
  readonly network: string;
  readonly metric: string;
  readonly threads: number;
  readonly side: string;
  readonly median: number;
}

/**
 * Reads the lines of the file.
 * @param name of the file, for errors
 * @throws TenasError `CSV_INVALID`
 */
export function readSpeeds(text: string, name: string): Speed[] {
  return readCsv(text, name).rows.map(({ cells }) => ({
    network: cells.network!,
    metric: cells.metric!,
    threads: Number(cells.threads),
    side: cells.side!,
    median: Number(cells.median),
  }));
}
