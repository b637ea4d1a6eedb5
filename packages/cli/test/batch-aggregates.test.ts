import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { writeSpec } from './support/batch-results.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const out = join(folder, 'results');

beforeAll(async () => {
  // Two settings, of which neither has all metrics of te-nas.
  const cells = 'architectures: {sample: 2, seed: 1}, repeats: 1';
  const regions = '{regions: {batches: 1, batchSize: 40}}';
  const spec = `score: [{${cells}, metrics: [{ntk: {batchSize: 4}}]}, {${cells}, metrics: [${regions}]}]`;
  const { code, err } = await tenas([
    'batch',
    'run',
    writeSpec(folder, 'apart', spec),
    '--out',
    out,
    '--quiet',
  ]);
  expect(code, err).toBe(0);
});

async function refusal(...flags: string[]) {
  const { code, out: text } = await tenas(['batch', 'export', out, ...flags, '--json']);
  expect(code).toBe(2);
  const { code: error, field, value, message } = JSON.parse(text).error;
  return { error, field, value, message };
}

describe('tenas batch export --aggregate', () => {
  const aggregate = { error: 'OPTION_INVALID', field: '--aggregate', value: 'te-nas' };

  it('refuses an aggregate whose metrics no scores have together', async () => {
    expect(await refusal('--aggregate', 'te-nas')).toEqual({
      ...aggregate,
      message:
        '--aggregate: te-nas needs ntk, regions, and no scores of the batch have them all; score with metrics: te-nas',
    });
  });

  it('refuses searches, and a format without columns', async () => {
    expect(await refusal('--aggregate', 'te-nas', '--kind', 'search')).toEqual({
      ...aggregate,
      message: '--aggregate: it ranks scores, which --kind search leaves out; give --kind score',
    });
    expect(await refusal('--aggregate', 'te-nas', '--format', 'jsonl')).toEqual({
      ...aggregate,
      message: '--aggregate: jsonl has no columns; give --format csv',
    });
  });

  it('refuses --missing alone', async () => {
    expect(await refusal('--missing', 'drop')).toEqual({
      ...{ error: 'OPTION_INVALID', field: '--missing', value: 'drop' },
      message: '--missing: it says where aggregates put architectures; give --aggregate, too',
    });
  });

  it('exports without either', async () => {
    const { code, out: text } = await tenas(['batch', 'export', out]);
    expect(code).toBe(0);
    expect(text.trim().split('\n')).toHaveLength(1 + 4);
  });
});

describe('tenas batch export --format parquet', () => {
  it('needs a file, and writes one', async () => {
    expect(await refusal('--format', 'parquet')).toMatchObject({ error: 'OPTION_INVALID', field: '--file' });
    const file = join(folder, 'results.parquet');
    const { code, out: said } = await tenas([
      'batch',
      'export',
      out,
      '--format',
      'parquet',
      '--file',
      file,
      '--json',
    ]);
    expect(code, said).toBe(0);
    expect(JSON.parse(said)).toEqual({ file, rows: 4 });
    const bytes = readFileSync(file);
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
  });
});
