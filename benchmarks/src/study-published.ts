import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { openDataset } from '@tenas/data';
import { readIndexTable } from '@tenas/evaluation';
import { type CsvTable, csvText, readCsv } from '@tenas/records';
import { getSpace, nasBench201 } from '@tenas/spaces';
import { publishedAccuracies } from './found-accuracy.js';
import { cifarFolder } from './paths.js';
import {
  controlRows,
  judgeScores,
  PUBLISHED_COLUMNS,
  PUBLISHED_FILE,
  publishedRows,
  suiteScores,
} from './published-rankings.js';
import { publishedTable, suiteTable } from './published-tables.js';
import { type JudgedVariant, PUBLISHED_VARIANTS, SMALL_VARIANT } from './published-variants.js';
import { UsageError, wholeNumber } from './run-options.js';
import { firstByHash } from './study-batches.js';
import { scoreVariant } from './variant-scores.js';

const help = `Scores a sample of NAS-Bench-201 by metrics under their authors' settings, on the network that is trained, and by their
defaults on the small network, and writes how both rank it to benchmarks/quality/published.csv; goes on where it stopped.

  node benchmarks/dist/study-published.js --table ACCURACY.csv --out DIR [--data CIFAR10_DIR] [--suite SCORES.csv]
                                          [--cells 300] [--threads 1] [--resamples 200]

--table   accuracies, with columns arch, cifar10_test200, cifar100_test200, imagenet16_120_test200; with --suite also index
--out     where the scores are kept
--suite   scores of NAS-Bench-Suite-Zero, to stand beside ours: columns index, c10_snip, ...
--cells   those whose text has the smallest SHA-256

Prints the tables of docs/quality.md.`;

const space = getSpace(nasBench201.name);

/** Reads the command line. @throws UsageError */
function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        table: { type: 'string' },
        out: { type: 'string' },
        data: { type: 'string' },
        suite: { type: 'string' },
        cells: { type: 'string', default: '300' },
        threads: { type: 'string', default: '1' },
        resamples: { type: 'string', default: '200' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return {
      ...values,
      cells: wholeNumber('cells', values.cells, 10),
      threads: wholeNumber('threads', values.threads, 1),
      resamples: wholeNumber('resamples', values.resamples, 1),
    };
  } catch (cause) {
    throw cause instanceof UsageError ? cause : new UsageError((cause as Error).message, { cause });
  }
}

/** Reads scores of NAS-Bench-Suite-Zero, with the cells of its indices from a table of accuracies. */
function readSuite(file: string, tableFile: string): CsvTable {
  const indices = readIndexTable(readFileSync(tableFile, 'utf8'), tableFile, space);
  return suiteScores(readCsv(readFileSync(file, 'utf8'), file), indices);
}

async function study(args: readonly string[]): Promise<void> {
  const { table: tableFile, out, cells, threads, resamples, ...given } = readOptions(args);
  if (given.help) {
    console.log(help);
    return;
  }
  if (tableFile === undefined || out === undefined)
    throw new UsageError(`--table and --out are needed\n\n${help}`);
  const data = cifarFolder(given.data);
  if (data === null) throw new UsageError(`--data: CIFAR-10 is not in ${given.data ?? 'the default folder'}`);
  // Read first: a table that is none should not be found out after half an hour of scoring.
  const table = publishedAccuracies(tableFile);
  const suite = given.suite === undefined ? null : readSuite(given.suite, tableFile);
  const architectures = firstByHash(
    [...table.accuracies.keys()].map((arch) => ({ cells: { arch } })),
    cells,
  ).map((one) => one.cells.arch);
  const folder = join(out, 'published');
  await makeFolder(folder);
  const source = await openDataset({ dataset: 'cifar10', data });
  const judge = (scores: CsvTable, aggregates?: readonly string[]) =>
    judgeScores(scores, new Set(architectures), { table, resamples, aggregates });
  const scored = async (variant: JudgedVariant) => {
    const file = join(folder, `${variant.name}.csv`);
    await scoreVariant({
      ...{ space, architectures, variant, source, file, threads },
      onProgress: (done, total) => console.error(`${variant.name}: ${done} of ${total}`),
    });
    return await judge(readCsv(readFileSync(file, 'utf8'), file), variant.aggregates);
  };
  const small = await scored(SMALL_VARIANT);
  const beside = { small, suite: suite === null ? null : await judge(suite) };
  const rows = controlRows(small);
  for (const variant of PUBLISHED_VARIANTS) {
    rows.push(...publishedRows(variant.whose, await scored(variant), beside));
    await writeOutputFile(PUBLISHED_FILE, csvText(PUBLISHED_COLUMNS, rows, { raw: true }), { force: true });
  }
  await source.close?.();
  console.log(`${publishedTable(rows)}\n\n${suiteTable(rows)}`);
}

try {
  await study(process.argv.slice(2));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
