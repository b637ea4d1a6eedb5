import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cifarFolder } from './paths.js';
import { drawTable, joinBatches, type StudyFolders, scoreGroup } from './study-batches.js';
import { judgeTable, writeRankings } from './study-rankings.js';
import { METRIC_GROUPS, STUDY_TABLES } from './study-tables.js';

/** Files that are no part of another one. */
const NEEDED = STUDY_TABLES.filter(({ drawnFrom }) => drawnFrom === undefined).map(
  ({ name }) => `${name}.csv`,
);

const help = `Scores the architectures of every table by every metric, judges the scores, and puts the figures into
benchmarks/quality/rankings.csv; goes on where it stopped.

  npm run study -- --tables DIR --out DIR [--data CIFAR10_DIR] [--only TABLE,...] [--groups GROUP,...] [--threads N]
                   [--no-scoring] [--resamples 200]

DIR of --tables has ${NEEDED.join(', ')}, as \`tenas data table\` writes them (docs/data.md);
tables that are not there are left out. Groups of metrics: ${Object.keys(METRIC_GROUPS).join(', ')}.
--no-scoring judges what has been scored. Specs, batches, scores and evaluations are in --out.`;

const { values: given } = parseArgs({
  options: {
    tables: { type: 'string' },
    out: { type: 'string' },
    data: { type: 'string' },
    only: { type: 'string' },
    groups: { type: 'string' },
    threads: { type: 'string', default: '1' },
    'no-scoring': { type: 'boolean', default: false },
    resamples: { type: 'string', default: '200' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { tables, out } = given;
const data = cifarFolder(given.data);
if (given.help || tables === undefined || out === undefined || data === null) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}
const folders: StudyFolders = { tables, out, data };
const groups = given.groups?.split(',') ?? Object.keys(METRIC_GROUPS);
const only = given.only?.split(',');
for (const table of STUDY_TABLES.filter(({ name }) => only === undefined || only.includes(name))) {
  const needed = join(tables, `${table.drawnFrom?.table ?? table.name}.csv`);
  if (!existsSync(needed)) {
    console.error(`${table.name}: left out, as ${needed} is not there`);
    continue;
  }
  await drawTable(folders, table);
  for (const group of given['no-scoring'] ? [] : groups) {
    console.error(`${table.name}: ${group}`);
    await scoreGroup(folders, table, group, Number(given.threads));
  }
  const architectures = await joinBatches(folders, table, groups);
  console.error(`${table.name}: ${architectures} architectures`);
  await judgeTable(folders, table, Number(given.resamples));
}
await writeRankings(folders);
