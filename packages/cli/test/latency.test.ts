import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  latencyDocumentSchema,
  latencyListSchema,
  latencyModelSchema,
  latencyPredictionsSchema,
} from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const inFolder = (name: string) => join(folder, name);
const arch = '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|';
const cells = ['--space', 'nas-bench-201'];
const one = [...cells, '--arch', arch, '--cells', '1'];
const brief = ['--runs', '20', '--seconds', '1'];

async function refused(...argv: string[]): Promise<string> {
  const { code, out } = await tenas(['latency', ...argv, '--json']);
  expect(code).toBe(2);
  return JSON.parse(out).error.message;
}

describe('tenas latency', () => {
  it('prints one document with the median and its spread in ms', async () => {
    const { code, out, err } = await tenas(['latency', ...one, ...brief, '--device', 'bench', '--json']);
    expect(code, err).toBe(0);
    const document = JSON.parse(out);
    expect(latencyDocumentSchema.parse(document)).toEqual(document);
    expect(document).toMatchObject({
      ...{ kind: 'latency', unit: 'ms', space: 'nas-bench-201', architecture: arch },
      ...{ batch: 1, threads: 1, runs: 20, device: 'bench', input: [3, 32, 32] },
      runtime: { name: 'onnxruntime', provider: 'cpu' },
      machine: { cores: expect.any(Number), cpu: expect.any(String) },
    });
    expect(document.median).toBeGreaterThan(0);
    expect(document.p10).toBeLessThanOrEqual(document.p90);
  });

  it('tells people what was measured, and how', async () => {
    const { out } = await tenas(['latency', ...one, ...brief, '--batch', '4']);
    expect(out).toMatch(/^latency +[\d.]+ ms, p10 - p90 [\d.]+ ms - [\d.]+ ms$/m);
    expect(out).toMatch(/^throughput +\d+ images\/s$/m);
    expect(out).toMatch(/^device .*onnxruntime [\d.]+ \(cpu\), batch 4, 1 thread$/m);
  });

  it('measures an ONNX file as it is', async () => {
    const onnx = inFolder('net.onnx');
    await tenas(['export', '--arch', arch, ...cells, '--channels', '4', '--cells', '1', '--out', onnx]);
    const { out, err } = await tenas(['latency', '--onnx', onnx, ...brief, '--json']);
    expect(JSON.parse(out), err).toMatchObject({
      ...{ space: 'onnx', architecture: 'net.onnx', params: null, macs: null, input: [3, 32, 32] },
      model: { file: onnx, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(await refused('--onnx', onnx, '--channels', '8')).toContain('--onnx names the network already');
    expect(await refused('--onnx', onnx, '--input-size', '16')).toContain('takes images of 32x32');
  });

  it('measures a list, correlates it with a table of other devices and writes one', async () => {
    const space = getSpace('nats-size');
    const texts = space.sample({ count: 4, seed: 0 }).map((architecture) => space.format(architecture));
    const list = inFolder('widths.txt');
    const other = inFolder('phone.csv');
    const made = inFolder('laptop.csv');
    writeFileSync(list, `# four of them\n${texts.join('\n')}\n\n${texts[0]}\n`);
    writeFileSync(other, `arch,phone\n${texts.map((text, at) => `${text},${at + 1}`).join('\n')}\n`);
    const argv = ['latency', '--space', 'nats-size', '--list', list, '--device-table', other, ...brief];
    const { out, err } = await tenas([
      ...argv,
      '--input-size',
      '16',
      '--out',
      made,
      '--device',
      'laptop',
      '--json',
    ]);
    const document = JSON.parse(out);
    expect(latencyListSchema.parse(document), err).toEqual(document);
    expect(document.networks.map(({ architecture }: { architecture: string }) => architecture)).toEqual(
      texts,
    );
    expect(document.correlations).toMatchObject([
      { column: 'params', networks: 4 },
      { column: 'macs', networks: 4 },
      { column: 'phone', networks: 4 },
    ]);
    expect(err).toContain(`8/8, `);
    expect(document.rounds).toBe(2);
    const lines = readFileSync(made, 'utf8').trim().split('\n');
    expect(lines[0]).toBe('architecture,laptop');
    expect(lines).toHaveLength(5);
    const again = await tenas(['latency', '--space', 'nats-size', '--list', list, '--out', made]);
    expect(again.code).toBe(2);
    expect(again.err).toContain(made);
  });

  it.each([
    [['--batch', '2'], 'give --arch, --record, --onnx or --list'],
    [['--arch', arch, '--list', 'x'], '--arch and --list: give one of'],
    [['--list', 'x'], '--space: is missing; --list needs it'],
    [['--arch', arch, '--out', 'x'], '--out: goes with --list'],
    [['--arch', arch, '--device-table', 'x'], '--device-table: goes with --list'],
    [['--onnx', 'x', '--model', 'y'], '--model: predicts architectures of a space'],
    [[...one, '--provider', 'abacus'], 'onnxruntime has no "abacus" here'],
    [[...one, '--threads', '0'], '--threads: got "0"'],
    [[...cells, '--arch', arch, '--relative-error', '2'], '--relative-error: got "2"; give a share'],
  ])('%j is refused', async (argv, problem) => {
    expect(await refused(...argv)).toContain(problem);
  });

  it('names the line of a list that is wrong', async () => {
    const list = inFolder('wrong.txt');
    writeFileSync(list, `${arch}\n|what|\n`);
    expect(await refused(...cells, '--list', list)).toContain(`${list}:2: `);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    const { code } = await tenas(['latency', ...one], { signal: stop.signal });
    expect(code).not.toBe(0);
  });
});

describe('tenas latency table', () => {
  const file = inFolder('table.json');
  let printed: string;
  beforeAll(async () => {
    const { code, out, err } = await tenas([
      ...['latency', 'table', '--space', 'nas-bench-macro', '--networks', '12', '--check', '4'],
      ...['--input-size', '16', '--relative-error', '0.1', '--seconds', '1', '--out', file],
      ...['--device', 'laptop'],
    ]);
    expect(code, err).toBe(0);
    printed = out;
  });

  it('measures networks and writes an additive model with how it was made', () => {
    const model = JSON.parse(readFileSync(file, 'utf8'));
    expect(latencyModelSchema.parse(model)).toEqual(model);
    expect(model).toMatchObject({
      ...{ kind: 'latency-model', space: 'nas-bench-macro', device: 'laptop', unit: 'ms', table: null },
      measured: { batch: 1, threads: 1, network: { inputShape: [3, 16, 16] } },
      fit: { networks: 12, disconnected: 0 },
      check: { networks: 4 },
    });
    expect(Object.keys(model.decisions)).toHaveLength(8);
    expect(printed).toMatch(/^error +[\d.]+ % in the median, .* on 4 other networks$/m);
  });

  it('judges the model by latencies of devices, beside what counts say', async () => {
    const space = getSpace('nas-bench-macro');
    const model = JSON.parse(readFileSync(file, 'utf8'));
    const cells = space.sample({ count: 6, seed: 3 });
    const predicted = cells.map((cell) =>
      Math.max(
        model.least,
        Object.entries(space.choicesOf(cell)).reduce(
          (total, [decision, choice]) => total + model.decisions[decision][choice],
          model.fixed as number,
        ),
      ),
    );
    const rows = cells.map(
      (cell, at) => `${space.format(cell)},${2 * predicted[at]!},${100 - predicted[at]!},1`,
    );
    const table = inFolder('devices.csv');
    writeFileSync(table, ['architecture,twice,against,once', ...rows].join('\n'));
    const argv = ['latency', '--space', 'nas-bench-macro', '--model', file, '--device-table', table];
    const { code, out } = await tenas([...argv, '--json']);
    expect(code).toBe(0);
    expect(latencyPredictionsSchema.parse(JSON.parse(out))).toEqual(JSON.parse(out));
    const { checks, networks } = JSON.parse(out);
    expect(networks).toHaveLength(6);
    expect(checks).toMatchObject([
      {
        column: 'twice',
        networks: 6,
        spearman: expect.closeTo(1),
        relativeError: { median: expect.closeTo(0.5) },
      },
      { column: 'against', networks: 6, spearman: expect.closeTo(-1) },
      { column: 'once', networks: 6, spearman: null, counts: { params: null, macs: null } },
    ]);
    expect(Math.abs(checks[0].counts.macs)).toBeGreaterThan(0);
    const shown = await tenas(argv);
    expect(shown.out).toContain('rank correlation');
    expect(shown.out).not.toContain(space.format(cells[0]!));
    expect(await refused('--model', file, '--device-table', table)).toContain('--space: is missing');
  });

  it('predicts by the model, and refuses other spaces, devices and runs', async () => {
    const space = getSpace('nas-bench-macro');
    const named = ['--space', 'nas-bench-macro', '--arch', space.example, '--model', file];
    const { out } = await tenas(['latency', ...named, '--json']);
    const model = JSON.parse(readFileSync(file, 'utf8'));
    const choices = space.choicesOf(space.parse(space.example));
    const sum = Object.entries(choices).reduce(
      (total, [decision, choice]) => total + model.decisions[decision][choice],
      model.fixed,
    );
    expect(latencyPredictionsSchema.parse(JSON.parse(out))).toEqual(JSON.parse(out));
    const { predicted, ...rest } = JSON.parse(out);
    expect(rest).toMatchObject({ device: 'laptop', unit: 'ms', check: { networks: 4 } });
    expect(predicted).toBeCloseTo(Math.max(sum, model.least), 9);
    const lowest = inFolder('lowest.json');
    writeFileSync(lowest, JSON.stringify({ ...model, fixed: model.fixed - sum - 1, least: 0.25 }));
    const below = [...named.slice(0, -1), lowest];
    expect(JSON.parse((await tenas(['latency', ...below, '--json'])).out)).toMatchObject({
      ...{ predicted: 0.25, belowRange: true },
    });
    expect((await tenas(['latency', ...below])).out).toMatch(
      /0\.25.* or less[\s\S]*1 network below all that the model was fitted on/,
    );
    expect(await refused(...one.slice(0, 4), '--model', file)).toContain(
      'the latency model is of nas-bench-macro, not of nas-bench-201',
    );
    expect(await refused(...named, '--device', 'phone')).toContain('is of laptop, not of phone');
    expect(await refused(...named, '--batch', '8')).toContain(
      '--batch: got 8; the latency model is of batch 1',
    );
  });

  it('is refused by a search that asks no latency', async () => {
    const argv = ['search', '--space', 'nas-bench-macro', '--strategy', 'random', '--metrics', 'params'];
    const given = [...argv, '--set', 'samples=3', '--latency-model', file, '--out', folder, '--json'];
    const { code, out } = await tenas(given);
    expect(code).toBe(2);
    expect(JSON.parse(out).error).toMatchObject({ code: 'SETTING_INVALID', field: '--latency-model' });
    const bounded = await tenas([...given, '--constraint', 'latency<=1s']);
    expect(JSON.parse(bounded.out)).toMatchObject({
      constraints: [{ name: 'latency', model: { file, device: 'laptop' } }],
    });
  });

  it('is fitted on a table of another device', async () => {
    const space = getSpace('nats-size');
    const rows = space.sample({ count: 80, seed: 1 }).map((architecture) => {
      const widths = Object.values(space.choicesOf(architecture)).map(Number);
      return `${space.format(architecture)},${1 + widths.reduce((sum, width) => sum + width, 0)},9`;
    });
    const table = inFolder('devices.csv');
    const model = inFolder('phone.json');
    writeFileSync(table, `arch,phone,board\n${rows.join('\n')}\n`);
    const argv = ['latency', 'table', '--space', 'nats-size', '--device-table', table, '--out', model];
    const { code, out, err } = await tenas([...argv, '--device', 'phone', '--json']);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ device: 'phone', measured: null, table: { file: table, column: 'phone' }, out: model },
      check: { networks: 16, spearman: expect.any(Number) },
    });
    expect(JSON.parse(out).check.relativeError.worst).toBeLessThan(0.02);
    const without = await tenas([...argv, '--force']);
    expect(without.err).toContain('several devices; name one (--device): phone, board');
    expect(existsSync(model)).toBe(true);
  });

  it('refuses an existing file before it measures', async () => {
    const { code, err } = await tenas(['latency', 'table', '--out', file]);
    expect(code).toBe(2);
    expect(err).toContain(file);
  });
});
