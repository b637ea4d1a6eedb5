import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classCounts, openDataset, requireLabels } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { CIFAR10, CIFAR10_ABSENT } from './support/reference-data.js';
import { temporaryFolder } from './support/temporary-folder.js';

const PIXELS = 3072;

const NAMES = Array.from({ length: 100 }, (_, label) => `class ${label}`);

/** Records whose pixels tell the record: pixel p of record n is (n * 7 + p) mod 256; its label bytes are n mod 10, then 3n mod 100. */
function records(count: number, labelBytes: number, first = 0): Uint8Array {
  const bytes = new Uint8Array(count * (labelBytes + PIXELS));
  for (let n = 0; n < count; n++) {
    const start = n * (labelBytes + PIXELS);
    bytes.set([n % 10, (3 * n) % 100].slice(0, labelBytes), start);
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
    testFile: 'test_batch.bin',
    namesFile: 'batches.meta.txt',
    classes: 10,
  },
  {
    name: 'cifar100' as const,
    labelBytes: 2,
    folder: 'cifar-100-binary',
    files: ['train.bin'],
    testFile: 'test.bin',
    namesFile: 'fine_label_names.txt',
    classes: 100,
  },
])('$name', ({ name, labelBytes, folder, files, testFile, namesFile, classes }) => {
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
        classes,
      });
      const wanted = [source.size - 1, 0, 3, 0];
      const pixels = await source.read(wanted);
      for (const [position, index] of wanted.entries()) {
        expect([...pixels[position]!.subarray(0, 3)]).toEqual([0, 1, 2].map((p) => (index * 7 + p) % 256));
      }
      await expect(source.read([source.size])).rejects.toThrow(
        /image index must be a whole number from 0 to \d+, got \d+/,
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

  it('gives the label byte of each record, the fine one of two', async () => {
    const data = await temporaryFolder();
    for (const file of files) await writeFile(join(data, file), records(40, labelBytes));
    const source = requireLabels(await openDataset({ dataset: name, data }));
    const all = Array.from({ length: source.size }, (_, index) => index);
    const expected = all.map((index) => (labelBytes === 1 ? index % 10 : (3 * (index % 40)) % 100));
    expect([...(await source.labels(all))]).toEqual(expected);
    expect([...(await source.labels([39, 5, 5]))]).toEqual([expected[39], expected[5], expected[5]]);
    const counts = await classCounts(source);
    expect(counts).toHaveLength(classes);
    for (const [label, count] of counts.entries()) {
      expect(count).toBe(expected.filter((other) => other === label).length);
    }
    await expect(source.labels([source.size])).rejects.toMatchObject({ code: 'INDEX_INVALID' });
    await expect(source.labels([0], AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('names its classes as the file beside the images does, and refuses another number of names', async () => {
    const data = await temporaryFolder();
    await writeFile(join(data, files[0]!), records(4, labelBytes));
    const open = () => openDataset({ dataset: name, data });
    const { classNames, fingerprint } = await open();
    expect(classNames).toBeUndefined();
    const path = join(data, namesFile);
    // With the empty line at the end that the official file has, and line ends of Windows.
    await writeFile(path, `${NAMES.slice(0, classes).join('\r\n')}\r\n\r\n`);
    expect(await open()).toMatchObject({ classNames: NAMES.slice(0, classes), fingerprint });
    await writeFile(path, NAMES.slice(1, classes).join('\n'));
    await expect(open()).rejects.toMatchObject({
      code: 'DATA_INVALID',
      field: path,
      message: expect.stringContaining(
        `${path} has ${classes - 1} names; it must hold the names of the ${classes} classes`,
      ),
    });
    await writeFile(path, 'a\n'.repeat(40_000));
    await expect(open()).rejects.toThrow(/has 80000 bytes; at most 65536 bytes are read/);
  });

  it('refuses a label out of range, naming file and image, also in records that opening does not look at', async () => {
    const data = await temporaryFolder();
    const path = join(data, files[0]!);
    for (let byte = 0; byte < labelBytes; byte++) {
      const bytes = records(40, labelBytes);
      bytes[labelBytes + PIXELS + byte] = 100;
      await writeFile(path, bytes);
      const source = requireLabels(await openDataset({ dataset: name, data }));
      for (const asked of [source.labels([0]), source.read([0])]) {
        await expect(asked).rejects.toMatchObject({
          code: 'DATA_INVALID',
          field: path,
          value: 1,
          message: expect.stringMatching(
            /image 1: its (coarse |fine )?label is 100; .* are from 0 to (9|19|99)\./,
          ),
        });
      }
    }
  });

  it('opens the test set on request, from the folder or its parent', async () => {
    const parent = await temporaryFolder();
    const data = join(parent, folder);
    await mkdir(data);
    await writeFile(join(data, files[0]!), records(4, labelBytes));
    await expect(openDataset({ dataset: name, data, split: 'test' })).rejects.toMatchObject({
      code: 'DATA_MISSING',
      field: 'data',
      message: expect.stringContaining(`a folder with ${testFile} (or one that holds ${folder}/)`),
    });
    await writeFile(join(data, testFile), records(3, labelBytes, 10));
    await writeFile(join(data, namesFile), NAMES.slice(0, classes).join('\n'));
    const training = await openDataset({ dataset: name, data, split: 'training' });
    expect(training).toMatchObject({
      size: 4,
      fingerprint: (await openDataset({ dataset: name, data })).fingerprint,
    });
    for (const given of [parent, data]) {
      const source = requireLabels(await openDataset({ dataset: name, data: given, split: 'test' }));
      expect(source).toMatchObject({ name, size: 3, classes, classNames: NAMES.slice(0, classes) });
      expect(source.fingerprint).not.toBe(training.fingerprint);
      expect([...(await source.labels([2, 0]))]).toEqual(labelBytes === 1 ? [2, 0] : [6, 0]);
      expect((await source.read([1]))[0]![0]).toBe(77);
      expect(await classCounts(source)).toHaveLength(classes);
    }
  });

  it('refuses a file of the right size that holds something else', async () => {
    const data = await temporaryFolder();
    const other = records(4, labelBytes);
    other[2 * (labelBytes + PIXELS)] = 200;
    await writeFile(join(data, files[0]!), other);
    await expect(openDataset({ dataset: name, data })).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(/image 2: its (coarse )?label is 200/),
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

describe.skipIf(CIFAR10_ABSENT !== '')(`CIFAR-10${CIFAR10_ABSENT}`, () => {
  it('has the labels of its file, a thousand of each class, and their names', async () => {
    const source = requireLabels(await openDataset({ dataset: 'cifar10', data: CIFAR10 }));
    const bytes = await readFile(join(CIFAR10, 'data_batch_1.bin'));
    const all = Array.from({ length: source.size }, (_, index) => index);
    expect([...(await source.labels(all))]).toEqual(all.map((index) => bytes[index * (1 + PIXELS)]));
    expect(await classCounts(source)).toEqual(new Array(10).fill(1000));
    expect(source.classNames?.[9]).toBe('truck');
  });
});

it('refuses a test set where none is known, and an unknown part', async () => {
  for (const dataset of ['imagenet16-120', 'synthetic'] as const) {
    await expect(openDataset({ dataset, data: 'anywhere', split: 'test' })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      field: 'split',
      message: `split is 'test'; ${dataset} has no test set here: leave split out`,
    });
  }
  await expect(openDataset({ dataset: 'cifar10', split: 'validation' as 'test' })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: 'split must be one of training, test, got "validation"',
  });
});

it('refuses an unknown data set by name', async () => {
  await expect(openDataset({ dataset: 'mnist' as 'cifar10' })).rejects.toThrow(
    /dataset is 'mnist'; it must be one of cifar10/,
  );
});
