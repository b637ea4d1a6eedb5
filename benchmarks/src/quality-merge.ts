import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder, writeOutputFile } from '@tenas/base';
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
const rows = new Map<number, Map<string, string>>();
for (const name of columns) {
  const lines = readFileSync(join(folder, `${name}.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  for (const line of lines) {
    const [arch = '', cell = ''] = line.split(',');
    const index = nasBench201Index(parseNasBench201(arch));
    const short = cell
      .split(';')
      .map((value) => (value === '-' ? value : String(Number(Number(value).toPrecision(4)))));
    rows.set(index, (rows.get(index) ?? new Map()).set(name, short.join(';')));
  }
}
const text = [...rows].map(
  ([index, cells]) => `${index},${columns.map((name) => cells.get(name) ?? '').join(',')}\n`,
);
await makeFolder(dirname(out));
await writeOutputFile(out, `index,${columns.join(',')}\n${text.join('')}`, { force: true });
console.error(`${rows.size} architectures, ${columns.length} variants: ${out}`);
