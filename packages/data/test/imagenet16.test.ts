import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset, requireLabels } from '@tenas/data';
import { expect, it } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.js';

const text = (value: string) => [0x58, value.length, 0, 0, 0, ...Buffer.from(value)];

/** A batch file as NumPy writes it in protocol 2: {'data': uint8 [n, 768], 'labels': [...]}; image n is filled with its label. */
function batch(labels: readonly number[], columns = 768): Uint8Array {
  const raw = labels.flatMap((label) => Array.from({ length: columns }, () => label % 256));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(raw.length);
  const global = (name: string) => [0x63, ...Buffer.from(`${name}\n`)];
  const int = (value: number) => [0x4d, value & 255, value >> 8];
  return Uint8Array.from([
    ...[0x80, 2, 0x7d, 0x28, ...text('data')],
    ...global('numpy.core.multiarray\n_reconstruct'),
    ...[...global('numpy\nndarray'), 0x4b, 0, 0x85, 0x43, 1, 0x62, 0x87, 0x52],
    ...[0x28, 0x4b, 1, ...int(labels.length), ...int(columns), 0x86],
    ...[...global('numpy\ndtype'), ...text('u1'), 0x4b, 0, 0x4b, 1, 0x87, 0x52],
    ...[
      0x28,
      0x4b,
      3,
      ...text('|'),
      0x4e,
      0x4e,
      0x4e,
      0x4a,
      255,
      255,
      255,
      255,
      0x4a,
      255,
      255,
      255,
      255,
      0x4b,
      0,
      0x74,
      0x62,
    ],
    ...[0x89, 0x42, ...size, ...raw, 0x74, 0x62],
    ...[...text('labels'), 0x5d, 0x28, ...labels.flatMap(int), 0x65, 0x75, 0x2e],
  ]);
}

it('keeps the images of the first 120 classes, in the order of the batches', async () => {
  const data = await temporaryFolder();
  await writeFile(join(data, 'train_data_batch_1'), batch([1, 121, 120, 1000]));
  await writeFile(join(data, 'train_data_batch_2'), batch([7, 999]));
  const source = await openDataset({ dataset: 'imagenet16-120', data });
  expect(source).toMatchObject({ size: 3, classes: 120, height: 16, width: 16 });
  const pixels = await source.read([2, 0, 1]);
  expect([pixels[0]![0], pixels[0]![767], pixels[1]![0], pixels[2]![0]]).toEqual([7, 7, 1, 120]);
  // Labels of the files begin at 1.
  expect([...(await requireLabels(source).labels([2, 0, 1, 2]))]).toEqual([6, 0, 119, 6]);
  await expect(requireLabels(source).labels([3])).rejects.toMatchObject({ code: 'INDEX_INVALID' });
});

it('says what is wrong with a file', async () => {
  const data = await temporaryFolder();
  await expect(openDataset({ dataset: 'imagenet16-120', data })).rejects.toThrow(
    /must be a folder with train_data_batch_1/,
  );
  const path = join(data, 'train_data_batch_1');
  for (const [bytes, message] of [
    [batch([1, 2], 700), /'data' has shape \[2, 700\]; it must be a pickled dict/],
    [batch([500]), /no image has a label from 1 to 120/],
    [batch([1, 5, 1001]), /train_data_batch_1: image 2: its label is 1001; .*'labels' \(1 to 1000\)/],
    [batch([0]), /train_data_batch_1: image 0: its label is 0;/],
    [batch([1]).subarray(0, 60), /truncated/],
    [Uint8Array.of(0x80, 2, 0x4e, 0x2e), /does not hold a dict/],
  ] as const) {
    await writeFile(path, bytes);
    await expect(openDataset({ dataset: 'imagenet16-120', data })).rejects.toThrow(message);
  }
});
