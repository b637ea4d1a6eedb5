import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { type CsvCell, csvText, isMissing, readCsv } from '@tenas/records';
import { nasBench201Index, parseNasBench201 } from '@tenas/spaces';
import { VARIANTS } from './quality-variants.js';

const [folder, out] = process.argv.slice(2);
if (folder === undefined || out === undefined) {
  console.error(
    'Puts the scores of all variants into one CSV:  node benchmarks/dist/quality-merge.js DIR OUT.csv',
  );
  process.exit(2);
}

const columns = VARIANTS.map(({ name }) => name).filter((name) => existsSync(join(folder, `${name}.csv`)));
const rows = new Map<number, Record<string, CsvCell>>();
for (const name of columns) {
  const file = join(folder, `${name}.csv`);
  for (const { cells } of readCsv(readFileSync(file, 'utf8'), file).rows) {
    const index = nasBench201Index(parseNasBench201(cells.arch ?? ''));
    const short = (cells[name] ?? '')
      .split(';')
      .map((value) => (isMissing(value) ? null : Number(Number(value).toPrecision(4))));
    const none = Object.fromEntries(columns.map((column) => [column, null]));
    rows.set(index, { ...(rows.get(index) ?? { index, ...none }), [name]: short });
  }
}
await makeFolder(dirname(out));
await writeOutputFile(out, csvText(['index', ...columns], rows.values()), { force: true });
console.error(`${rows.size} architectures, ${columns.length} variants: ${out}`);
