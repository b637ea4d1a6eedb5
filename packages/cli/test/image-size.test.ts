import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { noisePng } from './support/noise-png.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const pictures = join(folder, 'pictures');
mkdirSync(pictures);
for (let index = 0; index < 6; index++) writeFileSync(join(pictures, `${index}.png`), noisePng(70, 70));

const data = ['--dataset', 'folder', '--data', pictures, '--device', 'cpu'];
const search = ['search', ...data, '--strategy', 'random', '--set', 'samples=2', '--out', folder];
const arch = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|nor_conv_3x3~2|';

it('takes pictures in other sizes', async () => {
  const sized = async (...more: string[]) => {
    const metrics = ['--metrics', 'naswot,macs', '--set', 'naswot.batchSize=3', '--json'];
    const { code, out, err } = await tenas(['score', '--arch', arch, ...data, ...metrics, ...more]);
    expect(code, err).toBe(0);
    return JSON.parse(out).scores;
  };
  const [usual, twice] = [await sized(), await sized('--image-size', '64')];
  expect(twice.macs.value).toBeGreaterThan(3.9 * usual.macs.value);
  expect(twice.naswot.value).not.toBe(usual.naswot.value);
  const found = await tenas([...search, '--metrics', 'macs', '--image-size', '64', '--json']);
  expect(JSON.parse(found.out).dataset).toMatchObject({ height: 64, width: 64 });
});
