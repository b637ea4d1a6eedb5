import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const arch = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|avg_pool_3x3~1|nor_conv_3x3~2|';
const record = join(folder, 'search-nas-bench-201-synthetic-fast-seed2.json');
const inFolder = (name: string) => join(folder, name);

/** A search of a second: fewest repeats and images. */
beforeAll(async () => {
  const few = ['--repeats', '1', '--ntk-batch', '8', '--region-batches', '1', '--finals', '64'];
  const search = ['search', '--seed', '2', ...few];
  expect((await tenas([...search, '--out', folder])).code).toBe(0);
  const exported = await tenas(['export', '--record', record, '--out', inFolder('net.onnx'), '--json']);
  writeFileSync(inFolder('export.json'), exported.out);
  const scored = await tenas(['score', '--arch', arch, '--repeats', '1', '--json']);
  writeFileSync(inFolder('score.json'), scored.out);
});

describe('tenas report', () => {
  it('writes a page of what the other commands wrote, with a link to the network beside it', async () => {
    const out = inFolder('report.html');
    const files = [record, inFolder('export.json'), inFolder('score.json')];
    const { code, out: said } = await tenas(['report', ...files, '--out', out, '--json']);
    expect(code).toBe(0);
    const document = JSON.parse(said);
    expect(document.files).toEqual([{ path: out, bytes: readFileSync(out).length }]);
    expect(document.figures.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['cell', 'elimination', 'scored-cell', 'spectrum']),
    );
    const page = readFileSync(out, 'utf8');
    expect(page).toContain('href="./net.onnx"');
    expect(page).toContain(JSON.parse(readFileSync(record, 'utf8')).genotype);
  });

  it('writes single figures, and all of them', async () => {
    const one = inFolder('cell.svg');
    expect((await tenas(['report', record, '--figure', 'cell', '--out', one])).code).toBe(0);
    expect(readFileSync(one, 'utf8')).toMatch(/^<svg/);
    const all = inFolder('figures');
    expect((await tenas(['report', record, '--format', 'png', '--scheme', 'dark', '--out', all])).code).toBe(
      0,
    );
    expect(readFileSync(join(all, 'elimination.png')).subarray(1, 4).toString()).toBe('PNG');
    expect(existsSync(join(all, 'time.png'))).toBe(true);
  });

  it('judges runs by a table of accuracies', async () => {
    const { genotype } = JSON.parse(readFileSync(record, 'utf8'));
    writeFileSync(inFolder('accuracy.csv'), `arch,test\n"${genotype}",93.21\n`);
    const out = inFolder('judged.html');
    const { code } = await tenas([
      'report',
      record,
      '--accuracy-table',
      inFolder('accuracy.csv'),
      '--out',
      out,
    ]);
    expect(code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('93.21');
  });

  it('judges architectures however the table writes them', async () => {
    const { genotype } = JSON.parse(readFileSync(record, 'utf8'));
    writeFileSync(inFolder('spaced.csv'), `arch,test\n" ${genotype.replaceAll('+', ' + ')} ",93.37\n`);
    const out = inFolder('spaced.html');
    const given = ['--accuracy-table', inFolder('spaced.csv'), '--out', out];
    expect((await tenas(['report', record, ...given])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('93.37');
  });

  it('refuses the file of a space that changed since a record was written', async () => {
    const space = inFolder('own.yaml');
    const stages = '[{channels: 4, block: {choices: {skip: identity, conv: conv}}}]';
    writeFileSync(space, `name: own-report\ntitle: mine\nstem: {channels: 4}\nstages: ${stages}\n`);
    const few = ['--metrics', 'params', '--repeats', '1', '--json'];
    const scored = await tenas(['score', '--space', space, '--arch', 'conv', ...few]);
    expect(scored.code).toBe(0);
    writeFileSync(inFolder('own.json'), scored.out);
    const page = ['report', inFolder('own.json'), '--space', space];
    expect((await tenas([...page, '--out', inFolder('own.html')])).code).toBe(0);
    expect(readFileSync(inFolder('own.html'), 'utf8')).toContain('mine');
    // As if another version of the file had been scored.
    writeFileSync(
      inFolder('own.json'),
      scored.out.replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${'0'.repeat(64)}"`),
    );
    const { code, err } = await tenas([...page, '--out', inFolder('other.html')]);
    expect(code).toBe(2);
    expect(err).toMatch(/file of the space own-report changed since \S+own\.json was written/);
    expect(existsSync(inFolder('other.html'))).toBe(false);
  });

  it.each([
    [[inFolder('missing.json')], /missing\.json: no such file/],
    [[inFolder('net.onnx')], /net\.onnx: is a network and not a result/],
    [[record, '--figure', 'nose', '--format', 'svg'], /--figure: got "nose"; give one of cell, elimination/],
    [[record, '--format', 'gif'], /--format: got "gif"; give one of html, svg, png/],
    [[record, '--out', inFolder('x.svg')], /--figure: is missing; give one of cell/],
    [[record, '--format', 'html', '--out', record], /exists already/],
    [
      [record, '--out', record],
      /--out: got "\S+\.json"; give a name that ends in .html, .svg or .png, or --format/,
    ],
    [
      [record, '--accuracy-table', record, '--out', inFolder('y.html')],
      /--accuracy-table: \S+\.json: line 2: text after the closing quote/,
    ],
  ])('explains what is wrong: case %#', async (argv, message) => {
    const before = readFileSync(record, 'utf8');
    const { code, err } = await tenas(['report', ...argv]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(readFileSync(record, 'utf8')).toBe(before);
  });
});
