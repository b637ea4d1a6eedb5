import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { requireBuild, tenasBuilt } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';

const folder = temporaryFolder();
const cell = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|';

/** Names that shells, parsers of flags, URLs and terminals take apart. A flag's value is `--flag=VALUE` for those with a dash. */
const names = [
  '--force',
  'two\nlines',
  'with spaces, quote\'s "and" $HOME `id`',
  '100%25 #1?x=y&z',
  '@ünïcödé 漢字 🙂',
];

async function runs(...argv: string[]): Promise<string> {
  const { code, out, err } = await tenasServed(argv, folder);
  expect(code, `${argv.join(' ')}: ${err}`).toBe(0);
  return out;
}

describe('files and folders of any name', { timeout: 600_000 }, () => {
  beforeAll(requireBuild);

  it.each(names)('%j: records, pages, batches and tables', async (name) => {
    const at = (path: string) => join(folder, path);
    const search = ['--strategy', 'random', '--metrics', 'params', '--set', 'samples=2'];
    mkdirSync(at(`${name}.in`));
    await runs('search', ...search, `--out=${name}`);
    const record = join(name, 'search-nas-bench-201-synthetic-random-seed0.json');
    expect(existsSync(at(record))).toBe(true);
    await runs('report', `--out=${name}.html`, '--', record);
    expect(readFileSync(at(`${name}.html`), 'utf8')).toContain('<!doctype html>');
    writeFileSync(at(`${name}.txt`), cell);
    const scored = await runs('score', `--arch=@${name}.txt`, '--metrics', 'params', '--json');
    expect(JSON.parse(scored).architecture).toBe(cell);

    writeFileSync(
      at(`${name}.yaml`),
      `score: {architectures: {file: ${JSON.stringify(`${name}.txt`)}}, metrics: [params], repeats: 1}`,
    );
    await runs('batch', 'run', `--out=${name}.store`, '--quiet', '--', `${name}.yaml`);
    await runs('batch', 'status', '--', `${name}.store`);
    await runs('batch', 'export', `--file=${name}.csv`, '--', `${name}.store`);
    expect(readFileSync(at(`${name}.csv`), 'utf8')).toContain(cell);
    await runs('batch', 'export', `--file=${name}.parquet`, '--', `${name}.store`);
    await runs('batch', 'backup', '--', `${name}.store`, `${name}.sqlite`);
    await runs('batch', 'compare', `--out=${name} 2.html`, '--', `${name}.store`, `${name}.store`);
    await runs('batch', 'merge', '--', `${name}.all`, `${name}.store`);
    await runs('export', `--arch=@${name}.txt`, `--out=${name}.onnx`);
    expect(existsSync(at(`${name}.onnx`))).toBe(true);
  });

  it('no escape sequence of a name reaches the terminal', async () => {
    const { code, err } = await tenasBuilt(['report', 'not\nthere\u001b[31m.json'], folder);
    expect(code).toBe(2);
    expect(err).not.toContain('\u001b');
  });
});

it('an error stays on its line, whatever the name of the file', async () => {
  const name = 'two\nlines\tand \u001b[31m';
  const shown = 'two\\nlines\\tand \\u001b[31m';
  const at = join(folder, name);
  writeFileSync(`${at}.json`, '{');
  writeFileSync(`${at}.yaml`, 'score: {x: 1}\nfoo: 2\n');
  for (const argv of [
    ['report', `${at}.absent`],
    ['report', `${at}.json`],
    ['batch', 'run', `${at}.absent`],
    ['batch', 'status', `${at}.absent`],
    ['info', '--space', `${at}.json`],
    ['score', '--dataset', 'cifar10', `--data=${at}`, '--metrics', 'naswot', '--arch', cell],
  ]) {
    const { code, err } = await tenasServed(argv, folder);
    expect(code, err).toBe(2);
    expect(err.trimEnd().split('\n'), argv.join(' ')).toEqual([expect.stringContaining(shown)]);
  }
  // Of a spec, each mistake has a line.
  const { code, err } = await tenasServed(['batch', 'run', `${at}.yaml`], folder);
  expect(code).toBe(2);
  const lines = err.trimEnd().split('\n');
  for (const line of lines) expect(line).toContain(`${shown}.yaml:`);
  expect(lines.length).toBeGreaterThan(1);
});
