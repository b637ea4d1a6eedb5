import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { TenasError } from '@tenas/base';
import { getSpace, nasBench201 } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { buildAccuracyTable } from '../src/index.js';

// Made by support/make-benchmarks.py with CPython, in the form that the benchmarks are published in.
const files = JSON.parse(readFileSync(new URL('support/benchmarks.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const bytesOf = (name: string) => Buffer.from(files[name]!, 'base64');
const cells = [
  '|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|',
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|',
];

const folder = temporaryFolder();
const write = (name: string, content: Uint8Array | string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const written = (name: string) => write(name, bytesOf(name));

/** A folder as the unpacked archives are. */
function natsFolder(name: string, members: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [member, from] of Object.entries(members)) writeFileSync(join(path, member), bytesOf(from));
  return path;
}

/** Rows as objects. */
async function built(path: string, options: Parameters<typeof buildAccuracyTable>[1] = {}) {
  const table = await buildAccuracyTable(path, options);
  const rows = table.rows.map(
    ({ arch, values }): Readonly<Record<string, unknown>> => ({
      arch,
      ...Object.fromEntries(table.columns.map((column, at) => [column, values[at]])),
    }),
  );
  return { ...table, space: table.space.name, rows };
}

describe('NATS-Bench', () => {
  it('is read from its folder: last epoch, means over the seeds', async () => {
    const path = natsFolder('NATS-tss-v1_0-3ffb9-simple', {
      '000000.pickle.pbz2': '000000.pickle.pbz2',
      '000001.pickle.pbz2': '000001.pickle.pbz2',
      'meta.pickle.pbz2': 'meta.pickle.pbz2',
    });
    const seen: string[] = [];
    const onProgress = (done: number, total: number) => seen.push(`${done} of ${total}`);
    const { format, space, columns, rows, skipped, notes } = await built(path, { onProgress });
    expect([format, space, skipped, notes]).toEqual(['NATS-Bench folder', 'nas-bench-201', [], []]);
    expect(seen).toEqual(['1 of 2', '2 of 2']);
    const sets = ['cifar10_valid', 'cifar10_test', 'cifar100_valid', 'cifar100_test'];
    const all = [...sets, 'imagenet16_120_valid', 'imagenet16_120_test'];
    expect(columns).toEqual([...all.map((set) => `${set}12`), ...all.map((set) => `${set}200`)]);
    expect(rows.map(({ arch }) => arch)).toEqual(cells);
    // By support/make-benchmarks.py: 40, 5 for each dataset, 10 for each set, seeds in thousandths, epochs in tenths.
    const seeds = (0.777 + 0.888) / 2;
    expect(rows[0]!.cifar10_valid200).toBeCloseTo(40 + 10 + seeds + 0.2, 9);
    expect(rows[0]!.cifar10_test200).toBeCloseTo(45 + seeds + 0.2, 9);
    expect(rows[0]!.cifar100_test200).toBeCloseTo(50 + 20 + seeds + 0.2, 9);
    expect(rows[1]!.imagenet16_120_valid200).toBeCloseTo(41 + 15 + 10 + seeds + 0.2, 9);
    expect(rows[0]!.cifar10_test12).toBeCloseTo(25 + 0.111 + 0.1, 9);
  });

  it('of sizes is read as well, and whole benchmarks of moderate size in one pickle', async () => {
    const sizes = natsFolder('NATS-sss-v1_0-50262-simple', {
      '000012.pickle.pbz2': 'sss/000012.pickle.pbz2',
    });
    const { space, rows } = await built(sizes);
    expect([space, rows[0]!.arch]).toEqual(['nats-size', '8:8:8:16:40']);
    expect(rows[0]!.cifar10_test90).toBeCloseTo(35 + 0.777 + 0.1, 9);
    // Its second entry has NAS-Bench-201's names of the schedules, and is the first architecture again.
    const whole = await built(written('whole.pickle.pbz2'));
    expect(whole.rows).toHaveLength(1);
    expect(whole.rows[0]!.cifar10_test200).toBeCloseTo((45 + 0.8325 + 0.2 + 45 + 0.777 + 0.2) / 2, 9);
    expect(whole.notes).toEqual(['1 architecture in several entries, whose numbers were averaged']);
  });

  it('with weights, of torch.save, packed by tar or zip, is refused with what to get', async () => {
    const refused = async (path: string, message: RegExp) =>
      await expect(buildAccuracyTable(path, {})).rejects.toMatchObject({
        code: 'BENCHMARK_INVALID',
        message: expect.stringMatching(message),
      });
    await refused(
      written('weights.pickle.pbz2'),
      /'torch\._utils\._rebuild_tensor_v2' is not allowed.*with weights/,
    );
    await refused(
      written('torch.pth'),
      /torch\.save, such as NAS-Bench-201-v1_1.*NATS-tss-v1_0-3ffb9-simple/,
    );
    await refused(write('new.pth', 'PK\u0003\u0004rest'), /a zip archive, as PyTorch writes it/);
    const tar = Buffer.alloc(512);
    tar.write('ustar', 257);
    await refused(write('a.tar', tar), /a tar archive: unpack it and give its folder/);
    await refused(
      natsFolder('empty', {}),
      /no files 000000\.pickle\.pbz2 and so on in it; expected the folder NATS-tss/,
    );
    await refused(
      natsFolder('wrong', { '000000.pickle.pbz2': 'meta.pickle.pbz2' }),
      /000000\.pickle\.pbz2: it holds something else than a dict of schedules/,
    );
    await refused(written('other.pickle'), /a pickle whose keys are no architectures/);
    await refused(
      write('cut.pickle.pbz2', bytesOf('000000.pickle.pbz2').subarray(0, 300)),
      /bzip2: it ends in the middle of a block/,
    );
  });
});

describe('JSON and pickled dicts', () => {
  it('of NAS-Bench-Suite-Zero are read, with scores where they are wanted', async () => {
    const entry = (accuracy: number) => ({
      val_accuracy: accuracy,
      jacov: { score: -3 * accuracy, time: 0.1 },
      id: 7,
    });
    const path = write(
      'zc_nasbench201.json',
      JSON.stringify({
        cifar10: { '(2, 1, 0, 4, 3, 0)': entry(90), '(0, 0, 0, 0, 0, 0)': entry(80), noise: entry(1) },
        'ImageNet16-120': { '(2, 1, 0, 4, 3, 0)': entry(40) },
      }),
    );
    const { rows, columns, skipped, space } = await built(path);
    expect([space, columns]).toEqual([
      'nas-bench-201',
      ['cifar10_val_accuracy', 'imagenet16_120_val_accuracy'],
    ]);
    expect(rows).toEqual([
      {
        arch: nasBench201.format(nasBench201.parse('(2, 1, 0, 4, 3, 0)')),
        cifar10_val_accuracy: 90,
        imagenet16_120_val_accuracy: 40,
      },
      { arch: expect.any(String), cifar10_val_accuracy: 80, imagenet16_120_val_accuracy: null },
    ]);
    expect(skipped).toMatchObject([{ place: 'entry 3 of cifar10', text: 'noise' }]);
    const all = await built(path, { all: true });
    expect(all.columns).toContain('cifar10_jacov');
    expect(all.rows[0]).toMatchObject({ cifar10_jacov: -270 });
    const named = await built(path, { columns: ['cifar10_jacov'] });
    expect(named.columns).toEqual(['cifar10_jacov']);
    await expect(built(path, { columns: ['speed'] })).rejects.toThrow(
      /no numbers called 'speed'; it has cifar10_val/,
    );
  });

  it('of NAS-Bench-Macro are read, also packed by gzip', async () => {
    const entry = (accuracy: number) => ({
      ...{ test_acc: [accuracy - 1, accuracy, accuracy + 1], mean_acc: accuracy, std: 0.8, params: 1219370 },
    });
    const text = JSON.stringify({ '00000000': entry(65), '02012100': entry(92.5) });
    for (const path of [write('macro.json', text), write('macro.json.gz', gzipSync(text))]) {
      const { rows, space } = await built(path);
      expect(space).toBe('nas-bench-macro');
      expect(rows).toEqual([
        { arch: '00000000', mean_acc: 65 },
        { arch: '02012100', mean_acc: 92.5 },
      ]);
    }
  });

  it('with text for a number are left out, entry by entry', async () => {
    const entries = {
      ...{ '00000000': { acc: 65, note: 'first' }, '02012100': { acc: 'abc' }, '02012101': { acc: null } },
      ...{ '02012102': 'bad', '02012110': { acc: 'nan' }, '02012111': { acc: true } },
    };
    const { rows, skipped } = await built(write('texts.json', JSON.stringify(entries)));
    expect(rows).toEqual([
      { arch: '00000000', acc: 65 },
      ...['02012101', '02012110'].map((arch) => ({ arch, acc: null })),
    ]);
    expect(skipped).toEqual([
      { place: 'entry 2', text: '02012100', why: `'acc': got "abc"; a number is needed` },
      { place: 'entry 4', text: '02012102', why: 'got "bad"; a number is needed' },
      { place: 'entry 6', text: '02012111', why: `'acc': got "true"; a number is needed` },
    ]);
    const datasets = {
      a: { '00000000': { acc: 65 }, '02012100': { acc: 70 } },
      b: { '00000000': { acc: [65, 'x'] }, '02012100': { acc: [60, 70] } },
    };
    const nested = await built(write('datasets.json', JSON.stringify(datasets)));
    expect(nested.rows).toEqual([{ arch: '02012100', a_acc: 70, b_acc: 65 }]);
    expect(nested.skipped).toMatchObject([{ place: 'entry 1 of b', text: '00000000' }]);
  });

  it('of numbers alone are read by a table of indices; lists are averaged', async () => {
    const lists = await built(written('accuracies.pickle'));
    expect(lists.rows).toEqual([{ arch: cells[0], test_acc: 90.5 }]);
    const path = written('by-number.pickle');
    for (const space of [nasBench201, undefined]) {
      const { rows } = await built(path, { space, indices: { text: cells.join('\n'), from: 'order' } });
      expect(rows).toEqual([
        { arch: cells[0], accuracy: 90.5 },
        { arch: cells[1], accuracy: 80.5 },
      ]);
    }
  });

  it.each([
    ['{}', /an empty JSON object; expected the folder NATS-tss/],
    ['[1, 2]', /a JSON list; expected the folder NATS-tss/],
    ['\b\u0007\u0012\u0004tenas', /a binary file of another kind; expected the folder NATS-tss/],
    ['{"a": 1', /JSON: it is not valid JSON/],
    ['{"x": {"test": 1}}', /JSON whose keys \("x", \.\.\.\) are no architectures/],
    [`{"${cells[0]}": {"params": 3}}`, /no accuracies in it; it has params/],
    [
      `{"${cells[0]}": "good"}`,
      /no accuracies in it; it has no numbers; entry 1: got "good"; a number is needed/,
    ],
    ['{"02012100": {"acc": "abc"}}', /it has no numbers; entry 1: 'acc': got "abc"; a number is needed/],
  ])('%.20j is refused', async (text, message) => {
    await expect(buildAccuracyTable(write('bad.json', text), {})).rejects.toMatchObject({
      code: 'BENCHMARK_INVALID',
      message: expect.stringMatching(message),
    });
  });
});

describe('CSV', () => {
  it('is cleaned: one row for each architecture that can be read', async () => {
    const text = `n;cell;test;seconds\n0;${cells[0]};0,905;7\n1;${cells[1]};0,8;7\n2;${cells[1]};0,81;7\nsum;;;21\n`;
    const { format, columns, rows, skipped, notes } = await built(write('messy.csv', text));
    expect([format, columns]).toEqual(['CSV', ['test']]);
    expect(rows).toEqual([
      { arch: cells[0], test: 90.5 },
      { arch: cells[1], test: 80.5 },
    ]);
    expect(skipped).toMatchObject([{ place: 'line 5' }]);
    expect(notes.join('\n')).toMatch(
      /column 'cell'.*\n.*comma.*\n.*fractions.*\n1 architecture stands in several rows/,
    );
  });

  it('of numbers alone is of the space that reads the table of indices', async () => {
    const path = write('numbers.csv', 'index,valacc12_cifar10valid,cost_gpu_s\n1,63.3,86.6\n0,82.8,130.1\n');
    const order = (names: readonly string[]) => ({
      text: `index,arch\n${names.map((name, at) => `${at},${name}`).join('\n')}\n`,
      from: 'order.csv',
    });
    const { space, rows } = await built(path, { indices: order(cells) });
    expect(space).toBe('nas-bench-201');
    expect(rows).toEqual([
      { arch: cells[1], valacc12_cifar10valid: 63.3 },
      { arch: cells[0], valacc12_cifar10valid: 82.8 },
    ]);
    // What is wrong further down is told as such.
    await expect(built(path, { indices: order([...cells, 'x']) })).rejects.toThrow(/order\.csv: line 4/);
    await expect(built(path, { indices: order(['x', 'y']) })).rejects.toMatchObject({
      code: 'SPACE_AMBIGUOUS',
      message: expect.stringContaining('no known space can read the architectures of order.csv; name the'),
    });
  });

  it('of genotypes with a fixed reduction cell is of the space that wrote them', async () => {
    const [own, whole] = [getSpace('darts-frc'), getSpace('darts')];
    const [first, second] = own.sample({ count: 2, seed: 1 }).map((one) => own.format(one));
    const table = (end: string) =>
      `arch,test\n${[first, second].map((text) => `"${text!.slice(0, -1)}${end}",93\n`).join('')}`;
    expect((await built(write('one-cell.csv', table(')')))).space).toBe(own.name);
    const published = table(', reduce=None, reduce_concat=[2, 3, 4, 5])');
    expect((await built(write('published.csv', published))).space).toBe(whole.name);
  });

  it('needs the space where several or none can read it', async () => {
    const path = write('unknown.csv', 'arch,test\nx,1\n');
    await expect(buildAccuracyTable(path, {})).rejects.toMatchObject({
      code: 'SPACE_AMBIGUOUS',
      message: expect.stringMatching(/no known space can read its architectures; name the space/),
    });
    await expect(buildAccuracyTable(path, { space: getSpace('darts') })).rejects.toMatchObject({
      code: 'CSV_INVALID',
    });
  });
});

it('damaged files only ever give coded errors', async () => {
  const names = ['000000.pickle.pbz2', 'accuracies.pickle', 'by-number.pickle'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      async (name, changes) => {
        const bytes = bytesOf(name);
        for (const [place, value] of changes) bytes[place % bytes.length] = value;
        try {
          await buildAccuracyTable(write('damaged', bytes), { space: nasBench201 });
        } catch (error) {
          expect(error).toBeInstanceOf(TenasError);
        }
      },
    ),
    { numRuns: 200 },
  );
});
