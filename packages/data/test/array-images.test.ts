import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset, requireLabels } from '@tenas/data';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readNpy, readNpz } from '../src/npz.js';
import * as py from './support/pickle-writer.js';
import { temporaryFolder } from './support/temporary-folder.js';

/** An .npy file of version 1. */
function npy(code: string, shape: string, values: Uint8Array, order = 'False'): Uint8Array {
  const header = `${`{'descr': '${code}', 'fortran_order': ${order}, 'shape': (${shape}), }`.padEnd(117)}\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length, 0)}${header}`, 'latin1');
  return Buffer.concat([head, values]);
}

/** A pickled dict of bytes [n, columns] and labels, as Python 3 writes it. */
function pickled(columns: number, field: string, labels: readonly number[]): Uint8Array {
  const values = Uint8Array.from(
    { length: labels.length * columns },
    (_, at) => Math.floor(at / columns) * 10 + (at % 3),
  );
  return py.pickle(
    py.EMPTY_DICT(),
    ...[py.word('data'), py.globalOf('numpy._core.numeric', '_frombuffer'), py.MARK(), py.bytes(values)],
    ...[py.globalOf('numpy', 'dtype'), py.word('u1'), py.TUPLE1(), py.REDUCE()],
    ...[
      py.int(labels.length),
      py.int(columns),
      py.TUPLE2(),
      py.word('C'),
      py.TUPLE(),
      py.REDUCE(),
      py.SETITEM(),
    ],
    ...[py.word(field), py.EMPTY_LIST(), py.MARK(), ...labels.map(py.int), py.APPENDS(), py.SETITEM()],
  );
}

const names = (field: string, count: number) =>
  py.pickle(
    py.EMPTY_DICT(),
    ...[py.word(field), py.EMPTY_LIST(), py.MARK()],
    ...Array.from({ length: count }, (_, label) => py.word(`class ${label}`)),
    ...[py.APPENDS(), py.SETITEM()],
  );

describe('the Python version of CIFAR', () => {
  it.each([
    [
      'cifar10',
      'cifar-10-batches-py',
      ['data_batch_1', 'data_batch_2'],
      'test_batch',
      'labels',
      'batches.meta',
      'label_names',
      10,
    ],
    ['cifar100', 'cifar-100-python', ['train'], 'test', 'fine_labels', 'meta', 'fine_label_names', 100],
  ] as const)('%s', async (dataset, folder, files, testFile, field, meta, namesField, classes) => {
    const data = await temporaryFolder();
    await mkdir(join(data, folder));
    for (const file of files)
      await writeFile(join(data, folder, file), pickled(3072, field, [3, 1, classes - 1]));
    await writeFile(join(data, folder, testFile), pickled(3072, field, [2]));
    await writeFile(join(data, folder, meta), names(namesField, classes));
    for (const given of [data, join(data, folder)]) {
      const source = requireLabels(await openDataset({ dataset, data: given }));
      expect(source).toMatchObject({ size: 3 * files.length, classes, height: 32 });
      expect(source.classNames?.[3]).toBe('class 3');
      expect((await source.read([1]))[0]!.subarray(0, 3)).toEqual(Uint8Array.of(10, 11, 12));
      expect([...(await source.labels([0, 1, 2]))]).toEqual([3, 1, classes - 1]);
      const test = requireLabels(await openDataset({ dataset, data: given, split: 'test' }));
      expect([test.size, ...(await test.labels([0]))]).toEqual([1, 2]);
    }
    await writeFile(join(data, folder, files[0]), pickled(3072, field, [classes]));
    await expect(openDataset({ dataset, data })).rejects.toThrow(/image 0: its label is/);
  });
});

describe('ImageNet16 as .npz', () => {
  const labels = Buffer.from(Uint16Array.of(5, 121, 120).buffer);
  const arrays = {
    'data.npy': npy('|u1', '3, 768', new Uint8Array(3 * 768).fill(9)),
    'labels.npy': npy('<u2', '3,', labels),
    'mean.npy': npy('<f8', '768,', new Uint8Array(8)),
  };

  it('is read from the folder or ImageNet16/ in it, and leaves other arrays alone', async () => {
    const data = await temporaryFolder();
    await mkdir(join(data, 'ImageNet16'));
    await writeFile(join(data, 'ImageNet16', 'train_data_batch_1.npz'), zipSync(arrays));
    const source = requireLabels(await openDataset({ dataset: 'imagenet16-120', data }));
    expect(source.size).toBe(2);
    expect([...(await source.labels([0, 1]))]).toEqual([4, 119]);
    expect((await source.read([0]))[0]![767]).toBe(9);
  });

  it('is refused where it is damaged, with the reason', async () => {
    const data = await temporaryFolder();
    const file = join(data, 'train_data_batch_1.npz');
    const whole = zipSync(arrays);
    const bad: [Uint8Array, RegExp][] = [
      [whole.subarray(0, whole.length / 2), /no zip file, or a damaged one/],
      [zipSync({ 'labels.npy': arrays['labels.npy'] }), /'data' is missing/],
      [
        zipSync({ ...arrays, 'data.npy': npy('|u1', '2, 768', new Uint8Array(3 * 768)) }),
        /shape \[2, 768\] has 2304/,
      ],
      [zipSync({ ...arrays, 'data.npy': npy('|u1', '3, 768', new Uint8Array(3 * 768), 'True') }), /Fortran/],
      [zipSync({ ...arrays, 'data.npy': npy('|O8', '3, 768', new Uint8Array(9)) }), /is no array of numbers/],
    ];
    for (const [bytes, message] of bad) {
      await writeFile(file, bytes);
      await expect(openDataset({ dataset: 'imagenet16-120', data })).rejects.toThrow(message);
    }
  });
});

it('reads arrays of either byte order, and refuses what is larger than allowed', () => {
  expect([...readNpy(npy('>i4', '2,', Uint8Array.of(0, 0, 0, 7, 255, 255, 255, 255)), 'x').data]).toEqual([
    7, -1,
  ]);
  expect([...readNpy(npy('<f4', '', new Uint8Array(Float32Array.of(1.5).buffer)), 'x').data]).toEqual([1.5]);
  const packed = zipSync({ 'x.npy': npy('|u1', '9000,', new Uint8Array(9000)) });
  expect(readNpz(packed, ['x', 'y'], 10_000).get('x')?.data.length).toBe(9000);
  expect(() => readNpz(packed, ['x'], 5000)).toThrow(/unpacks to/);
});
