import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.js';

const PIXELS = 3072;

/** Records whose pixels tell the record: pixel p of record n is (n * 7 + p) mod 256. */
function records(count: number, labelBytes: number, first = 0): Uint8Array {
  const bytes = new Uint8Array(count * (labelBytes + PIXELS));
  for (let n = 0; n < count; n++) {
    const start = n * (labelBytes + PIXELS);
    bytes.fill(n % 10, start, start + labelBytes);
    for (let p = 0; p < PIXELS; p++) bytes[start + labelBytes + p] = (first + n) * 7 + p;
  }
  return bytes;
}

describe.each([
  {
    name: 'cifar10' as const,
    labelBytes: 1,
    folder: 'cifar-10-batches-bin',
    files: ['data_batch_1.bin', 'data_batch_2.bin'],
  },
  { name: 'cifar100' as const, labelBytes: 2, folder: 'cifar-100-binary', files: ['train.bin'] },
])('$name', ({ name, labelBytes, folder, files }) => {
  it('reads the records that are asked for, in that order, across files, from the folder or its parent', async () => {
    const parent = await temporaryFolder();
    await mkdir(join(parent, folder));
    for (const [k, file] of files.entries())
      await writeFile(join(parent, folder, file), records(5, labelBytes, 5 * k));
    for (const data of [parent, join(parent, folder)]) {
      const source = await openDataset({ dataset: name, data });
      expect(source).toMatchObject({
        size: 5 * files.length,
        height: 32,
        width: 32,
        classes: name === 'cifar10' ? 10 : 100,
      });
      const wanted = [source.size - 1, 0, 3, 0];
      const pixels = await source.read(wanted);
      for (const [position, index] of wanted.entries()) {
        expect([...pixels[position]!.subarray(0, 3)]).toEqual([0, 1, 2].map((p) => (index * 7 + p) % 256));
      }
      await expect(source.read([source.size])).rejects.toThrow(
        /image index is \d+; it must be a whole number from 0 to/,
      );
      await expect(source.read([0], AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    }
  });

  it('names the file, its size and what would be right', async () => {
    const data = await temporaryFolder();
    const path = join(data, files[0]!);
    const size = 2 * (labelBytes + PIXELS) - 10;
    await writeFile(path, records(2, labelBytes).subarray(0, size));
    await expect(openDataset({ dataset: name, data })).rejects.toThrow(
      `${path} has ${size} bytes; it must have a whole number of ${labelBytes + PIXELS}-byte images`,
    );
    await writeFile(path, '');
    await expect(openDataset({ dataset: name, data })).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(/has 0 bytes.*empty/),
    });
    await expect(openDataset({ dataset: name, data: join(data, 'absent') })).rejects.toMatchObject({
      code: 'DATA_MISSING',
      field: 'data',
      message: expect.stringContaining(`tenas data fetch ${name}`),
    });
    await expect(openDataset({ dataset: name })).rejects.toThrow(/data is not given/);
  });

  it('refuses a file of the right size that holds something else', async () => {
    const data = await temporaryFolder();
    const other = records(4, labelBytes);
    other[2 * (labelBytes + PIXELS)] = 200;
    await writeFile(join(data, files[0]!), other);
    await expect(openDataset({ dataset: name, data })).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('image 2: its label is 200'),
    });
  });

  it('has a fingerprint of its contents', async () => {
    const [a, b] = [await temporaryFolder(), await temporaryFolder()];
    await writeFile(join(a, files[0]!), records(4, labelBytes));
    await writeFile(join(b, files[0]!), records(4, labelBytes));
    const print = async (data: string) => (await openDataset({ dataset: name, data })).fingerprint;
    expect(await print(a)).toBe(await print(b));
    await writeFile(join(b, files[0]!), records(4, labelBytes, 1));
    expect(await print(a)).not.toBe(await print(b));
  });
});

it('refuses an unknown data set by name', async () => {
  await expect(openDataset({ dataset: 'mnist' as 'cifar10' })).rejects.toThrow(
    /dataset is 'mnist'; it must be one of cifar10/,
  );
});
