import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { noisePng } from './support/noise-png.js';
import { tenas } from './support/run-in-process.js';
import { smallSearch } from './support/small-search.js';

const folder = temporaryFolder();

describe('a search', () => {
  it('keeps its record where scoring what it found fails', async () => {
    const metrics = await import('@tenas/metrics');
    const failing = vi.spyOn(metrics.Evaluator.prototype, 'score').mockRejectedValue(new Error('no luck'));
    const out = join(folder, 'kept');
    const { code, out: printed, err } = await tenas(['search', ...smallSearch, '--out', out, '--json']);
    failing.mockRestore();
    expect(code).toBe(70);
    expect(JSON.parse(printed)).toMatchObject({ error: { message: expect.stringContaining('no luck') } });
    const [file, ...others] = readdirSync(out);
    expect(others).toEqual([]);
    expect(err).toContain(join(out, file!));
    const record = JSON.parse(readFileSync(join(out, file!), 'utf8'));
    expect(record).toMatchObject({ status: 'complete', genotype: expect.any(String) });
    const exported = await tenas([
      'export',
      '--record',
      join(out, file!),
      '--C',
      '4',
      '--N',
      '1',
      '--out',
      join(folder, 'n.onnx'),
    ]);
    expect(exported.code).toBe(0);
  });

  it('removes what a search that was killed left half-written a day ago', async () => {
    const out = join(folder, 'again');
    mkdirSync(out);
    for (const name of ['.tenas-0a.tmp', '.tenas-0b.tmp']) writeFileSync(join(out, name), 'half');
    const twoDaysAgo = Date.now() / 1000 - 48 * 3600;
    utimesSync(join(out, '.tenas-0a.tmp'), twoDaysAgo, twoDaysAgo);
    expect((await tenas(['search', ...smallSearch, '--out', out])).code).toBe(0);
    // Another search may be writing the second one now.
    expect(readdirSync(out)).toEqual(['.tenas-0b.tmp', expect.stringMatching(/^search-.*\.json$/)]);
  });

  it('tells how many files it could not decode', async () => {
    const data = join(folder, 'pictures');
    for (const name of ['a', 'b']) {
      mkdirSync(join(data, name), { recursive: true });
      for (let i = 0; i < 6; i++) writeFileSync(join(data, name, `${i}.png`), noisePng(40, 30));
      writeFileSync(join(data, name, 'broken.jpg'), 'not a picture');
    }
    const argv = [
      'search',
      ...smallSearch,
      '--dataset',
      'folder',
      '--data',
      data,
      '--out',
      join(folder, 'runs'),
      '--json',
    ];
    const { code, out, err } = await tenas(argv);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      dataset: { name: 'folder', classes: 2, images: 14, sampledFrom: null, skipped: 2 },
    });
    expect(err).toContain('note: 2 files could not be decoded');
  });
});
