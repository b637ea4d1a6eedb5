import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIndexTable } from '@tenas/evaluation';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf } from '../../../test/support/expect-tenas-error.js';
import { buildLatencyModel, readDeviceTable } from '../src/index.js';

const widths = getSpace('nats-size');
const space = getSpace('nas-bench-201');

describe('readDeviceTable', () => {
  const text = 'arch,phone,board,params\n8:8:8:8:8,1.5,,1\n16:8:8:8:64,2.25,7,2\n';

  it('reads a column of ms for each device and leaves out cells without a value', () => {
    const table = readDeviceTable(text, 'devices.csv', { space: widths });
    expect(table.devices).toEqual(['phone', 'board']);
    expect(table.rows('phone')).toMatchObject([
      { text: '8:8:8:8:8', ms: 1.5 },
      { text: '16:8:8:8:64', ms: 2.25 },
    ]);
    expect(table.rows('board')).toMatchObject([{ text: '16:8:8:8:64', ms: 7 }]);
    expect(table.column('board')).toBe('board');
  });

  it('names what is wrong', () => {
    const table = readDeviceTable(text, 'devices.csv', { space: widths });
    const problem = (work: () => unknown) => tenasErrorOf(work).message;
    expect(problem(() => table.column('fridge'))).toBe(
      'devices.csv: no device "fridge" (--device): phone, board',
    );
    expect(problem(() => table.column(undefined))).toContain('several devices; name one (--device)');
    const read = (content: string) => readDeviceTable(content, 'devices.csv', { space: widths });
    expect(problem(() => read('arch,params\n8:8:8:8:8,1\n'))).toContain('no column of latencies');
    const zero = read('arch,phone\n8:8:8:8:8,0\n');
    expect(problem(() => zero.rows('phone'))).toContain("line 2, column 'phone'");
  });
});

const folder = join(
  process.env.TENAS_SHARED ?? join(import.meta.dirname, '../../../../shared'),
  'data/nas-bench-201',
);
const file = join(folder, 'latency_ms.csv');
const note = existsSync(file) ? '' : ` (skipped: no ${file}; set TENAS_SHARED)`;

describe.skipIf(note !== '')(`models of published devices${note}`, () => {
  const text = (name: string) => readFileSync(join(folder, name), 'utf8');
  const read = () =>
    readDeviceTable(text('latency_ms.csv'), 'latency_ms.csv', {
      space,
      indices: readIndexTable(text('accuracy.csv'), 'accuracy.csv', space),
    });
  let table: ReturnType<typeof read> | undefined;

  // Spearman's rho of a model of 60 cells is from .86 to .98 on these, and nearly 1 on the last two.
  it.each([
    ['gold_6226', 0.94, 0.08],
    ['1080ti_1', 0.9, 0.1],
    ['pixel2', 0.84, 0.18],
    ['pixel3', 0.84, 0.2],
    ['raspi4', 0.86, 0.2],
    ['fpga', 0.99, 0.01],
    ['eyeriss', 0.98, 0.01],
  ])('%s: 60 cells predict the others', (device, least, most) => {
    table ??= read();
    const { check, fit, decisions } = buildLatencyModel(space, table.rows(device), {
      source: { table: { file: 'latency_ms.csv', column: device } },
      device,
      networks: 60,
      seed: 5,
    });
    expect(fit).toMatchObject({ networks: 60, unseen: 0 });
    // About one cell in 46 has no path from its input to its output.
    expect(fit.disconnected).toBeGreaterThan(0);
    expect(Object.keys(decisions)).toHaveLength(6);
    expect(check!.networks).toBe(1000);
    expect(check!.spearman).toBeGreaterThan(least);
    expect(check!.relativeError.median).toBeLessThan(most);
  });
});
