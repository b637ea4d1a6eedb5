import { linkSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classCounts, cropBatches, openDataset, requireLabels, trainingBatch } from '@tenas/data';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { ClassFolders } from '../src/class-folders.js';
import { openImageFolder } from '../src/image-folder.js';
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
  // a: 0 to 3, b: 4 to 7, c: 8 to 11
  const pixels = await source.read([0, 4, 8, 9]);
  const colour = (n: number) => [0, 1, 2].map((c) => pixels[n]![c * 1024 + 500]!);
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

/** Sides of the upright picture at which the stored first row and first column lie, by EXIF orientation (EXIF 2.32, 4.6.4). */
const ORIENTATIONS = [
  ['top', 'left'],
  ['top', 'right'],
  ['bottom', 'right'],
  ['bottom', 'left'],
  ['left', 'top'],
  ['right', 'top'],
  ['right', 'bottom'],
  ['left', 'bottom'],
] as const;
const OPPOSITE = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' } as const;
type Side = keyof typeof OPPOSITE;

/** Grey of a quarter of the upright picture: top left 0, top right 80, bottom left 160, bottom right 240. */
const quarter = (...sides: Side[]) =>
  (sides.includes('bottom') ? 160 : 0) + (sides.includes('right') ? 80 : 0);

/** A stored picture, wider than high, that an EXIF orientation turns into the same upright one. */
function turned(orientation: number) {
  const [row, column] = ORIENTATIONS[orientation - 1]!;
  const [width, height] = [48, 32];
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, place) => {
    const [x, y] = [Math.floor(place / 3) % width, Math.floor(place / 3 / width)];
    return quarter(y < height / 2 ? row : OPPOSITE[row], x < width / 2 ? column : OPPOSITE[column]);
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } }).withMetadata({ orientation });
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns photos of EXIF orientation %i upright', async (orientation) => {
  const data = await temporaryFolder();
  await turned(orientation).jpeg({ quality: 95 }).toFile(join(data, 'a.jpg'));
  await turned(orientation).webp({ lossless: true }).toFile(join(data, 'b.webp'));
  await turned(orientation).png().toFile(join(data, 'c.png'));
  await turned(orientation).tiff({ compression: 'lzw' }).toFile(join(data, 'd.tiff'));
  const greys = (image: Uint8Array) => [132, 155, 868, 891].map((place) => image[place]!);
  const upright = await (await openDataset({ dataset: 'folder', data })).read([0, 1, 2, 3]);
  for (const image of upright) {
    for (const [at, grey] of greys(image).entries()) expect(Math.abs(grey - 80 * at)).toBeLessThan(4);
  }
  // ImageNet is read as torchvision reads it, without a turn.
  const stored = await (await openDataset({ dataset: 'imagenet-1k', data })).read([0]);
  const [row, column] = ORIENTATIONS[orientation - 1]!;
  expect(Math.abs(greys(stored[0]!)[0]! - quarter(row, column))).toBeLessThan(4);
});

it('opens test images beside train/ with the labels of train/', async () => {
  const data = await temporaryFolder();
  const write = async (part: string, name: string, red: number) => {
    await mkdir(join(data, part, name), { recursive: true });
    await picture(20, 20, { r: red, g: 0, b: 0 })
      .png()
      .toFile(join(data, part, name, 'x.png'));
  };
  for (const [label, name] of ['ant', 'bee', 'cat'].entries()) await write('train', name, 50 * label);
  const open = () => openDataset({ dataset: 'folder', data, split: 'test' });
  await expect(open()).rejects.toMatchObject({
    code: 'DATA_MISSING',
    message: expect.stringContaining('beside it one of val/, valid/, validation/, test/'),
  });
  // A class without test images keeps its label.
  await write('test', 'bee', 50);
  await write('test', 'cat', 100);
  await mkdir(join(data, 'test', 'ant'));
  const test = requireLabels(await open());
  expect(test).toMatchObject({ size: 2, classes: 3, classNames: ['ant', 'bee', 'cat'] });
  expect([...(await test.labels([0, 1]))]).toEqual([1, 2]);
  expect((await test.read([0, 1])).map((image) => Math.round(image[500]! / 50))).toEqual([1, 2]);
  expect(await classCounts(test)).toEqual([0, 1, 1]);
  await rm(join(data, 'test', 'ant'), { recursive: true });
  expect([...(await requireLabels(await open()).labels([0, 1]))]).toEqual([1, 2]);
  // Where a picture cannot be read, others are tried, of those classes that are there.
  await writeFile(join(data, 'test', 'bee', 'x.png'), 'no picture');
  const mended = requireLabels(await open());
  expect(Math.round((await mended.read([0]))[0]![500]! / 50)).toBe(2);
  expect([...(await mended.labels([0]))]).toEqual([2]);
  expect(test.fingerprint).not.toBe((await openDataset({ dataset: 'folder', data })).fingerprint);
  await write('test', 'dog', 150);
  await expect(open()).rejects.toMatchObject({
    code: 'DATA_INVALID',
    message: expect.stringContaining('dog is no class of train/'),
  });
  // The first of the names counts.
  await write('val', 'ant', 0);
  expect([...(await requireLabels(await open()).labels([0]))]).toEqual([0]);
  await rm(join(data, 'val', 'ant'), { recursive: true });
  await expect(open()).rejects.toMatchObject({ code: 'DATA_MISSING' });
  await picture(20, 20, { r: 0, g: 0, b: 0 })
    .png()
    .toFile(join(data, 'val', 'x.png'));
  await expect(open()).rejects.toMatchObject({
    code: 'DATA_INVALID',
    message: expect.stringContaining('must hold class folders, as train/ does'),
  });
});

it('reads grey pictures as colour and lays transparency on black', async () => {
  const data = await temporaryFolder();
  await picture(9, 9, { r: 90, g: 90, b: 90 }).greyscale().png().toFile(join(data, 'a.png'));
  await picture(9, 9, { r: 200, g: 100, b: 50, alpha: 0.5 }).png().toFile(join(data, 'b.png'));
  const pixels = await (await openDataset({ dataset: 'folder', data })).read([0, 1]);
  expect([0, 1, 2].map((c) => pixels[0]![c * 1024]!)).toEqual([90, 90, 90]);
  for (const [c, value] of [100, 50, 25].entries())
    expect(Math.abs(pixels[1]![c * 1024]! - value)).toBeLessThan(3);
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
  for (const index of all) expect(pixels[index]![0]! < 20).toBe(index < 6);
});

it('takes the sorted names of the class folders for labels', async () => {
  const data = await classFolders(['b', 'B', '10', '9', 'empty'], 2);
  for (const i of [0, 1]) await rm(join(data, 'empty', `${i}.JPEG`));
  const source = requireLabels(await openDataset({ dataset: 'folder', data }));
  expect(source.classNames).toEqual(['10', '9', 'B', 'b']);
  expect([...(await source.labels([0, 1, 2, 3, 4, 5, 6, 7, 6]))]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 3]);
  // Made in the order b, B, 10, 9, each redder by 40 than the one before.
  const pixels = await source.read([0, 2, 4, 6]);
  for (const [label, red] of [80, 120, 40, 0].entries()) {
    expect(Math.abs(pixels[label]![0]! - red)).toBeLessThan(6);
  }
  expect(await classCounts(source)).toEqual([2, 2, 2, 2]);
});

it('has no labels of images that lie in no class folder', async () => {
  const data = join(await classFolders(['a'], 3), 'a');
  const source = await openDataset({ dataset: 'folder', data });
  expect(source).toMatchObject({ labels: undefined, classNames: undefined });
  expect(() => requireLabels(source)).toThrow(`the images of folder (${data}) have no labels`);
  await expect(classCounts(source)).rejects.toMatchObject({ code: 'LABELS_MISSING' });
});

it('gives the label of the image that stands in for one of a class without readable images', async () => {
  const data = await classFolders(['a', 'b'], 3);
  for (let i = 0; i < 3; i++) await writeFile(join(data, 'a', `${i}.JPEG`), 'not a picture');
  const source = requireLabels(await openDataset({ dataset: 'folder', data }));
  const indices = [0, 1, 2, 3];
  const pixels = await source.read(indices);
  for (const image of pixels) expect(Math.abs(image[0]! - 40)).toBeLessThan(6);
  expect([...(await source.labels(indices))]).toEqual([1, 1, 1, 1]);
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

it('lists only the class folders that are drawn once it stops counting', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `n${String(i).padStart(8, '0')}`);
  const data = await classFolders(names.slice(0, 30), 1);
  for (const name of names.slice(30)) await mkdir(join(data, name));
  const source = await openImageFolder({ name: 'imagenet-1k', data, side: 32, countAtMost: 2 });
  expect(source).toMatchObject({ classes: 40, size: 40, sizeEstimated: true });
  // A folder that is filled before it was ever listed is found full; one that was listed keeps its names.
  const first = await source.read([3]);
  const white = picture(8, 8, { r: 255, g: 255, b: 255 }).jpeg();
  await white.toFile(join(data, names[3]!, 'later.JPEG'));
  expect(await source.read([3])).toEqual(first);
  await white.toFile(join(data, names[35]!, 'new.JPEG'));
  expect((await source.read([35]))[0]![0]).toBeGreaterThan(250);
  expect([...(await requireLabels(source).labels([35, 3]))]).toEqual([35, 3]);
  expect(source.classNames).toEqual(names);
  // Counted whole it is exact, and folders without images are no classes.
  expect(await openDataset({ dataset: 'imagenet-1k', data })).toMatchObject({ classes: 31, size: 32 });
});

it('counts the images of classes of different lengths and reads each of them once', async () => {
  const data = await classFolders(['a', 'b', 'c'], 2);
  for (let i = 0; i < 5; i++) {
    await picture(9, 9, { r: 250, g: 10 * i, b: 0 })
      .png()
      .toFile(join(data, 'b', `z${i}.png`));
  }
  const source = await openDataset({ dataset: 'folder', data });
  expect(source).toMatchObject({ classes: 3, size: 11 });
  expect(source.sizeEstimated).toBeUndefined();
  const pixels = await source.read(Array.from({ length: 11 }, (_, i) => i));
  expect(new Set(pixels.map((image) => image.join())).size).toBe(11);
});

it('takes odd names, and is not led astray by hidden files, links and loops', async () => {
  const odd = ['a b', "it's", 'ünï-код', '[1]*?', 'cats.jpg', '-rf', '%2e%2e'];
  const data = await classFolders(odd, 2);
  await mkdir(join(data, '.git'));
  await mkdir(join(data, 'no images here'));
  await writeFile(join(data, '.DS_Store'), 'x');
  await writeFile(join(data, '._thumb.jpg'), 'x');
  await writeFile(join(data, odd[0]!, '._0.JPEG'), 'not a picture');
  await symlink('.', join(data, 'loop to itself'));
  await symlink('endless', join(data, 'endless'));
  await symlink('nowhere', join(data, 'dangling'));
  const elsewhere = await classFolders(['linked'], 3);
  await symlink(join(elsewhere, 'linked'), join(data, 'linked'));
  const source = await openDataset({ dataset: 'folder', data });
  expect(source).toMatchObject({ classes: odd.length + 1, size: 2 * odd.length + 3 });
  await source.read(Array.from({ length: source.size }, (_, i) => i));
  expect(source.skipped).toBe(0);
});

it('refuses images beside class folders instead of taking either', async () => {
  const data = await classFolders(['a', 'b'], 1);
  await picture(9, 9, { r: 0, g: 0, b: 0 }).png().toFile(join(data, 'cover.png'));
  await expect(openDataset({ dataset: 'folder', data })).rejects.toThrow(
    /not both: there are 1 images \(cover\.png, \.\.\.\) beside the folder a/,
  );
});

it('makes batches out of a single image', async () => {
  const data = await temporaryFolder();
  await sharp({
    create: {
      width: 64,
      height: 48,
      channels: 3,
      background: '#808080',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .png()
    .toFile(join(data, 'one.png'));
  const source = await openDataset({ dataset: 'imagenet-1k', data });
  expect(source).toMatchObject({ classes: 1, size: 1 });
  const { images: batch } = await trainingBatch(source, { batchSize: 8, seed: 0, repeat: 0 });
  expect(
    new Set(Array.from({ length: 8 }, (_, n) => batch.slice(n * 3072, (n + 1) * 3072).join())).size,
  ).toBeGreaterThan(4);
  expect(await cropBatches(source, { seed: 0, repeat: 0, batchSize: 50 })).toHaveLength(3 * 50 * 9);
});

it('holds a bounded number of names, however many there are', async () => {
  const root = await temporaryFolder();
  const perFolder = 30;
  for (const folder of ['a', 'b', 'c', 'd']) {
    await mkdir(join(root, folder));
    await writeFile(join(root, folder, 'first.jpg'), '');
    for (let i = 1; i < perFolder; i++)
      linkSync(join(root, folder, 'first.jpg'), join(root, folder, `${i}.jpg`));
  }
  const lists = new ClassFolders(root, 100);
  for (const folder of ['a', 'b', 'c', 'a', 'd', 'b']) {
    expect(await lists.images(folder)).toHaveLength(perFolder);
    expect(lists.held).toBeLessThanOrEqual(100);
  }
});

it('knows other pictures of the same names and sizes', async () => {
  const data = await classFolders(['a', 'b', 'c'], 2);
  const fingerprint = async () => (await openDataset({ dataset: 'folder', data })).fingerprint;
  const before = await fingerprint();
  expect(await fingerprint()).toBe(before);
  const file = join(data, 'c', '0.JPEG');
  const bytes = await readFile(file);
  bytes[bytes.length - 3] = bytes[bytes.length - 3]! ^ 1;
  await writeFile(file, bytes);
  expect(await fingerprint()).not.toBe(before);
});
