import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { foundAccuracies, publishedAccuracies } from '../src/found-accuracy.js';

const folder = mkdtempSync(join(tmpdir(), 'tenas-found-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const arch = (op: string) => `|${op}~0|+|${op}~0|${op}~1|+|${op}~0|${op}~1|${op}~2|`;
const table = () =>
  publishedAccuracies(
    file('accuracy.csv', [
      'arch,cifar10_test200,cifar100_test200,imagenet16_120_test200',
      `${arch('nor_conv_3x3')},94,72,46`,
      `${arch('nor_conv_1x1')},90,68,40`,
    ]),
  );
const HEADER = 'protocol,dataset,seed,genotype,seconds,threads';

it('tells what searches found, seeds that nothing was chosen on apart, and times of searches on all threads', () => {
  const searches = file('searches.csv', [
    HEADER,
    `fast,cifar10,0,${arch('nor_conv_3x3')},100,1`,
    `fast,cifar10,1,${arch('nor_conv_1x1')},4,all`,
    `fast,cifar10,64,${arch('nor_conv_3x3')},3,all`,
  ]);
  expect(foundAccuracies(table(), [searches]).split('\n').slice(2)).toEqual([
    '| fast, cifar10 | 3 | 92.67 ± 2.31 | 70.67 ± 2.31 | 44.00 ± 3.46 | 90.00 | 3.5 s |',
    '| fast, cifar10, seeds from 64 | 1 | 94.00 ± - | 72.00 ± - | 46.00 ± - | 94.00 | 3.0 s |',
  ]);
});

it('names the line of an architecture that the table lacks', () => {
  const searches = file('unknown.csv', [HEADER, `fast,cifar10,0,${arch('skip_connect')},3,all`]);
  expect(() => foundAccuracies(table(), [searches])).toThrow(/unknown\.csv: line 2: .*skip_connect/);
});
