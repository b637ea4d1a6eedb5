import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@tenas/data';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.js';

/** A picture of one colour. */
const picture = (
  width: number,
  height: number,
  background: { r: number; g: number; b: number; alpha?: number },
) => sharp({ create: { width, height, channels: background.alpha === undefined ? 3 : 4, background } });

async function classFolders(names: readonly string[], perClass: number): Promise<string> {
  const data = await temporaryFolder();
  for (const [label, name] of names.entries()) {
    await mkdir(join(data, name));
    for (let i = 0; i < perClass; i++) {
      await picture(40 + 7 * i, 33 + 5 * label, { r: 40 * label, g: 200, b: 10 * i })
        .jpeg({ quality: 95 })
        .toFile(join(data, name, `${i}.JPEG`));
    }
  }
  return data;
}

it('resizes pictures of any size in class folders, flat or in train/', async () => {
  const data = await classFolders(['a', 'b', 'c'], 4);
  const source = await openDataset({ dataset: 'folder', data });
  expect(source).toMatchObject({ classes: 3, size: 12, height: 32, width: 32, skipped: 0 });
  const pixels = await source.read([0, 1, 2, 5]);
  const colour = (n: number) => [0, 1, 2].map((c) => pixels[(n * 3 + c) * 1024 + 500]!);
  for (const [n, wanted] of [
    [0, 0, 200, 0],
    [1, 40, 200, 0],
    [2, 80, 200, 0],
    [3, 80, 200, 10],
  ].entries()) {
    for (const [c, value] of colour(n).entries()) expect(Math.abs(value - wanted[c + 1]!)).toBeLessThan(6);
  }
  const flat = await openDataset({ dataset: 'folder', data: join(data, 'a'), size: 16 });
  expect(flat).toMatchObject({ classes: 1, size: 4, height: 16 });
  const parent = await temporaryFolder();
  await mkdir(join(parent, 'train'));
  await picture(20, 20, { r: 1, g: 2, b: 3 })
    .png()
    .toFile(join(parent, 'train', 'x.png'));
  expect(await openDataset({ dataset: 'folder', data: parent })).toMatchObject({ size: 1 });
});

it('reads grey pictures as colour and lays transparency on black', async () => {
  const data = await temporaryFolder();
  await picture(9, 9, { r: 90, g: 90, b: 90 }).greyscale().png().toFile(join(data, 'a.png'));
  await picture(9, 9, { r: 200, g: 100, b: 50, alpha: 0.5 }).png().toFile(join(data, 'b.png'));
  const pixels = await (await openDataset({ dataset: 'folder', data })).read([0, 1]);
  expect([0, 1, 2].map((c) => pixels[c * 1024]!)).toEqual([90, 90, 90]);
  for (const [c, value] of [100, 50, 25].entries())
    expect(Math.abs(pixels[(3 + c) * 1024]! - value)).toBeLessThan(3);
});

it('skips, counts and replaces corrupt files, the same way every time', async () => {
  const data = await classFolders(['a', 'b'], 6);
  for (const name of ['1', '3']) await writeFile(join(data, 'a', `${name}.JPEG`), 'not a picture');
  const all = Array.from({ length: 12 }, (_, i) => i);
  const source = await openDataset({ dataset: 'folder', data });
  const pixels = await source.read(all);
  expect(source.skipped).toBe(2);
  expect(await (await openDataset({ dataset: 'folder', data })).read(all)).toEqual(pixels);
  // A replacement is of the same class: class a is red 0, class b red 40.
  for (const index of all) expect(pixels[index * 3 * 1024]! < 20).toBe(index % 2 === 0);
});

it('says what is wrong with a folder', async () => {
  const data = await temporaryFolder();
  const open = () => openDataset({ dataset: 'folder', data });
  await expect(open()).rejects.toThrow(/holds neither images/);
  await mkdir(join(data, 'a'));
  await expect(open()).rejects.toThrow(/no class folder holds an image/);
  for (let i = 0; i < 60; i++) await writeFile(join(data, 'a', `${i}.jpg`), 'x');
  await expect((await open()).read([0])).rejects.toThrow(/could not be decoded/);
  await expect(openDataset({ dataset: 'imagenet-1k', data: join(data, 'absent') })).rejects.toThrow(
    /must be a folder of images/,
  );
});

it('lists only the class folders that are drawn', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `n${String(i).padStart(8, '0')}`);
  const data = await classFolders(names.slice(0, 30), 1);
  for (const name of names.slice(30)) await mkdir(join(data, name));
  const source = await openDataset({ dataset: 'imagenet-1k', data });
  expect(source).toMatchObject({ classes: 40, size: 40 * 1300 });
  // A folder that is emptied before it was ever listed is found empty; one that was listed keeps its names.
  const first = await source.read([3]);
  await picture(8, 8, { r: 255, g: 255, b: 255 })
    .jpeg()
    .toFile(join(data, names[3]!, 'later.JPEG'));
  expect(await source.read([3 + 40])).toEqual(first);
  await picture(8, 8, { r: 255, g: 255, b: 255 })
    .jpeg()
    .toFile(join(data, names[35]!, 'new.JPEG'));
  expect((await source.read([35]))[0]).toBeGreaterThan(250);
});

it('knows other pictures of the same names and sizes', async () => {
  const data = await classFolders(['a', 'b', 'c'], 2);
  const fingerprint = async () => (await openDataset({ dataset: 'folder', data })).fingerprint;
  const before = await fingerprint();
  expect(await fingerprint()).toBe(before);
  const file = join(data, 'a', '1.JPEG');
  const bytes = await readFile(file);
  bytes[bytes.length - 3] = bytes[bytes.length - 3]! ^ 1;
  await writeFile(file, bytes);
  expect(await fingerprint()).not.toBe(before);
});
