import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { summarizeModel } from '@tenas/onnx';
import { exportFrontSchema } from '@tenas/records';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();

interface Network {
  readonly place: number;
  readonly values: Readonly<Record<string, number>>;
  readonly out: string;
  readonly genotype: string;
  readonly params: number;
}

async function searched() {
  const settings = ['--set', 'population=10', '--set', 'evaluations=40', '--objectives', 'score,params'];
  const argv = [
    'search',
    '--strategy',
    'nsga2',
    '--metrics',
    'naswot',
    ...settings,
    '--out',
    folder,
    '--json',
  ];
  const { code, out } = await tenas(argv);
  expect(code).toBe(0);
  return JSON.parse(out) as {
    readonly record: string;
    readonly architecture: string;
    readonly front: readonly { readonly architecture: string; readonly values: Record<string, number> }[];
  };
}
const small = ['--channels', '4', '--cells', '1'];

describe('export --front', () => {
  it('writes the architectures of a front, each checked, with their places and values', async () => {
    const { record, front } = await searched();
    expect(front.length).toBeGreaterThan(2);
    const nets = join(folder, 'nets');
    const { code, out } = await tenas([
      ...['export', '--record', record, '--front', '--top', '2', ...small],
      ...['--out', nets, '--check', '--json'],
    ]);
    expect(code).toBe(0);
    expect(exportFrontSchema.parse(JSON.parse(out))).toEqual(JSON.parse(out));
    const { networks } = JSON.parse(out) as { networks: readonly Network[] };
    expect(networks).toHaveLength(2);
    expect(readdirSync(nets)).toHaveLength(2);
    for (const [at, { place, values, out: file, genotype, params }] of networks.entries()) {
      expect(place).toBe(at + 1);
      expect(genotype).toBe(front[at]!.architecture);
      expect(values).toEqual(front[at]!.values);
      const { metadata } = summarizeModel(readFileSync(file));
      expect(metadata['tenas.genotype']).toBe(genotype);
      // Of a small network: the values are of the one to train.
      expect(params).toBeLessThan(values.params!);
    }
  });

  it('writes the knees alone', async () => {
    const { record, front } = await searched();
    const nets = join(folder, 'knees');
    const { code, out, err } = await tenas([
      ...['export', '--record', record, '--front', '--knees', ...small, '--out', nets, '--json'],
    ]);
    expect(err).toBe('');
    expect(code).toBe(0);
    const { networks } = JSON.parse(out) as { networks: readonly Network[] };
    expect(networks.length).toBeGreaterThan(0);
    expect(networks.length).toBeLessThan(front.length);
    const ends = [front[0]!.architecture, front.at(-1)!.architecture];
    for (const { genotype } of networks) expect(ends).not.toContain(genotype);
  });

  it.each([
    [['--front', '--out', 'x'], '--front'],
    [['--top', '2', '--out', 'x'], '--top'],
    [['--knees', '--out', 'x'], '--knees'],
  ])('refuses %j without what it needs', async (flags, field) => {
    const arch = '|skip_connect~0|+|skip_connect~0|none~1|+|none~0|none~1|skip_connect~2|';
    const { code, out } = await tenas(['export', '--arch', arch, ...flags, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'OPTION_INVALID', field } });
  });

  it('says that a record has no front', async () => {
    const record = new URL('../../records/test/fixtures/v1/search-finals.json', import.meta.url).pathname;
    const { code, out } = await tenas(['export', '--record', record, '--front', '--out', folder, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'RECORD_INVALID', field: 'front' } });
  });
});
