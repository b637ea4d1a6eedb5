import { chmod, copyFile, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset, requireLabels } from '@tenas/data';
import { expect, it } from 'vitest';
import { writePictures } from './support/pictures.js';
import { temporaryFolder } from './support/temporary-folder.js';

const open = (data: string, split?: 'test') => openDataset({ dataset: 'folder', data, split, images: 'all' });

/** Red of every image, and its label's name. */
async function contents(data: string, split?: 'test'): Promise<[string, number][]> {
  const source = requireLabels(await open(data, split));
  const indices = Array.from({ length: source.size }, (_, index) => index);
  const images = await source.read(indices);
  const labels = await source.labels(indices);
  return images.map((image, index) => [source.classNames![labels[index]!]!, image[0]!]);
}

it('takes a folder called train for a class where it holds pictures as the others do', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { bus: 10, car: 20, train: 30, truck: 40 }, 3);
  const source = await open(data);
  expect(source).toMatchObject({ size: 12, classes: 4, classNames: ['bus', 'car', 'train', 'truck'] });
  expect(source.notes).toEqual(['train is taken for a class, as it holds images as bus does']);
  // Test images need a part beside train/, which is a class here.
  await writePictures(data, { test: 50 });
  expect((await open(data)).classes).toBe(5);
  await expect(open(data, 'test')).rejects.toMatchObject({ code: 'DATA_MISSING' });
});

it('keeps train/ with class folders, and names what lies beside it', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { 'train/a': 10, 'train/b': 20, 'val/a': 30, previews: 40 });
  const source = await open(data);
  expect(source.classNames).toEqual(['a', 'b']);
  expect(source.notes).toEqual(['the images are those of train/; previews beside it is left out']);
});

it('names a part beside train/ that it leaves out, where there are no classes', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { train: 10, val: 20, test: 30 });
  expect((await open(data)).notes).toEqual([
    'the images are those of train/; val, test beside it is left out',
  ]);
  expect((await open(data, 'test')).notes).toEqual([]);
  expect((await open(join(data, 'train'))).notes).toEqual([]);
});

it.each([
  ['Train', 'Val'],
  ['TRAIN', 'TEST'],
  ['training', 'validation'],
])('reads %s/ and %s/', async (train, test) => {
  const data = await temporaryFolder();
  await writePictures(data, { [`${train}/a`]: 10, [`${train}/b`]: 20, [`${test}/b`]: 30 }, 1);
  expect(await contents(data)).toEqual([
    ['a', 10],
    ['b', 20],
  ]);
  expect(await contents(data, 'test')).toEqual([['b', 30]]);
});

it('reads val/ where it is all there is, and asks where there are several parts', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { 'val/a': 10, 'val/b': 20 }, 1);
  for (const split of [undefined, 'test'] as const)
    expect(await contents(data, split)).toEqual([
      ['a', 10],
      ['b', 20],
    ]);
  expect((await open(data)).notes).toEqual(['there is no train/; the images are those of val/']);
  await writePictures(data, { 'test/a': 30 });
  await expect(open(data)).rejects.toThrow(/it holds val, test, but no train; give one of .*val, .*test/);
});

it('reads the nested folders of Tiny ImageNet, and its validation images by their annotations', async () => {
  const data = await temporaryFolder();
  await writePictures(data, {
    'train/n01/images': 10,
    'train/n02/images': 20,
    'val/images': 30,
    'test/images': 99,
  });
  await writeFile(join(data, 'train/n01/n01_boxes.txt'), '0.png\t0\t0\t1\t1\n');
  const annotations = join(data, 'val/val_annotations.txt');
  await writeFile(annotations, '1.png\tn01\t0\t0\t1\t1\n0.png\tn02\t0\t0\t1\t1\n');
  const source = await open(data);
  expect(source).toMatchObject({ size: 4, classNames: ['n01', 'n02'], notes: [] });
  expect((await contents(data)).map(([name]) => name)).toEqual(['n01', 'n01', 'n02', 'n02']);
  const test = requireLabels(await open(data, 'test'));
  // Green tells the pictures apart.
  expect((await test.read([0, 1])).map((image) => image[1024])).toEqual([1, 0]);
  expect([...(await test.labels([0, 1]))]).toEqual([0, 1]);
  await writeFile(annotations, '1.png\tn01\t0\t0\t1\t1\n');
  await expect(open(data, 'test')).rejects.toThrow(/does not name the class of images\/0\.png/);
  await writeFile(annotations, '1.png\tn03\n0.png\tn02\n');
  await expect(open(data, 'test')).rejects.toThrow(/n03 is no class of train/);
});

it('reads SUN397, whose classes lie below their first letters', async () => {
  const data = await temporaryFolder();
  await writePictures(
    data,
    { 'a/abbey': 10, 'b/barn': 20, 'c/church/indoor': 30, 'c/church/outdoor': 40 },
    1,
  );
  expect(await contents(data)).toEqual([
    ['abbey', 10],
    ['barn', 20],
    ['church/indoor', 30],
    ['church/outdoor', 40],
  ]);
});

it('reads one domain of Office, and asks which where several are there', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { 'amazon/images/bike': 10, 'amazon/images/mug': 20, 'dslr/images/bike': 30 }, 1);
  expect(await contents(join(data, 'amazon'))).toEqual([
    ['bike', 10],
    ['mug', 20],
  ]);
  await expect(open(data)).rejects.toThrow(
    /folders amazon and dslr both hold a class images\/bike.*give one/,
  );
});

it('names classes by their paths where these differ', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { 'animals/cat': 10, 'animals/dog': 20, tools: 30 }, 1);
  expect(await contents(data)).toEqual([
    ['animals/cat', 10],
    ['animals/dog', 20],
    ['tools', 30],
  ]);
});

it('passes over what cannot be opened, wherever it sorts, and says so', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { a: 10, b: 20 });
  await symlink('/nowhere/x.png', join(data, 'a', '-first.png'));
  await symlink('/nowhere/x.png', join(data, 'b', 'z-last.png'));
  const source = await open(data);
  expect(source.size).toBe(4);
  expect(source.notes).toEqual(['2 files cannot be opened and are left out: a/-first.png, b/z-last.png']);
  expect((await source.read([0, 1, 2, 3])).map((image) => image[0])).toEqual([10, 10, 20, 20]);
  expect(source.skipped).toBe(0);
});

it.skipIf(process.getuid?.() === 0)(
  'counts files without permission (skipped as root, who may read them)',
  async () => {
    const data = await temporaryFolder();
    await writePictures(data, { a: 10 });
    await chmod(join(data, 'a', '0.png'), 0);
    const source = await open(data);
    await source.read([0, 1]);
    expect(source.skipped).toBe(1);
  },
);

it('names a class whose pictures are of a kind that is not read', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { a: 10, b: 20 });
  await mkdir(join(data, 'c'));
  await writeFile(join(data, 'c', '0.heic'), 'x');
  await writeFile(join(data, 'a', 'readme.txt'), 'x');
  const { classes, notes } = await open(data);
  expect(classes).toBe(2);
  expect(notes).toEqual([
    expect.stringMatching(/^1 picture is of another kind than jpg.*, and left out: c\/0\.heic$/),
    expect.stringMatching(/^1 folder has no image to read \(.*\) and is no class: c$/),
  ]);
  await rm(join(data, 'a'), { recursive: true });
  await rm(join(data, 'b'), { recursive: true });
  await expect(open(data)).rejects.toThrow(/no class folder holds an image .*c\/0\.heic/);
});

it('names the files that could not be decoded', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { a: 10, b: 20 }, 4);
  for (const i of [1, 2]) await writeFile(join(data, 'a', `${i}.png`), 'no picture');
  const source = await open(data);
  await source.read([0, 1, 2, 3]);
  expect(source.notes).toEqual([
    expect.stringMatching(
      /^2 files could not be decoded; other images took their place: a\/[12]\.png, a\/[12]\.png$/,
    ),
  ]);
});

it('names an empty folder, which is no class', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { a: 10, b: 20 });
  await mkdir(join(data, 'c'));
  const { classNames, notes } = await open(data);
  expect(classNames).toEqual(['a', 'b']);
  expect(notes).toEqual([expect.stringMatching(/^1 folder has no image to read \(.*\) and is no class: c$/)]);
});

it('passes over a bitmap that is larger than what is decoded', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { a: 10 });
  const bitmap = join(data, 'a', '2.bmp');
  await writeFile(bitmap, 'BM');
  await truncate(bitmap, 3_000_000_000);
  const source = await open(data);
  await source.read([0, 1, 2]);
  expect(source.notes).toEqual(['1 file could not be decoded; other images took their place: a/2.bmp']);
});

it('says that all pictures are equal, and says nothing once one differs', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { a: 10 }, 1);
  for (let i = 1; i < 5; i++) await copyFile(join(data, 'a', '0.png'), join(data, 'a', `${i}.png`));
  const source = await open(data);
  // One picture that is read twice is no sign.
  await source.read([0, 0]);
  expect(source.notes).toEqual([]);
  await source.read([0, 1, 2, 3, 4]);
  expect(source.notes).toEqual([expect.stringMatching(/^the 5 pictures that were read are all equal; /)]);
  await writePictures(data, { b: 20 });
  const other = await open(data);
  await other.read([0, 1, 2, 3, 4, 5]);
  expect(other.notes).toEqual([]);
});

it.skipIf(process.platform !== 'linux')('names a folder whose name is no UTF-8', async () => {
  const data = await temporaryFolder();
  await writePictures(data, { a: 10 });
  await mkdir(Buffer.concat([Buffer.from(`${data}/caf`), Buffer.from([0xe9])]));
  await expect(open(data)).rejects.toMatchObject({
    code: 'DATA_INVALID',
    message: `${data}/caf\uFFFD: the name of this folder is no UTF-8, so that it cannot be opened; rename the folder`,
  });
});
