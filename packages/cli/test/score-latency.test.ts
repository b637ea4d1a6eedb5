import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isBelowRange, predictedLatency, readLatencyModel, scoreDocumentSchema } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const file = join(temporaryFolder(), 'phone.json');
const space = getSpace('nats-size');
const cells = space.sample({ count: 30, seed: 4 }).map((cell) => space.format(cell));
const least = '8:8:8:8:8';
const metrics = ['--metrics', 'params,macs', '--repeats', '1'];
const scored = ['score', '--space', 'nats-size', ...metrics, '--latency-model', file];

beforeAll(async () => {
  const table = join(temporaryFolder(), 'measured.csv');
  const ms = (cell: string): number => cell.split(':').reduce((sum, width) => sum + Number(width), 1) / 50;
  const rows = cells.map((cell) => `${cell},${ms(cell)}`);
  writeFileSync(table, ['architecture,phone', ...rows].join('\n'));
  const of = ['--space', 'nats-size', '--device-table', table, '--device', 'phone'];
  const { code, err } = await tenas(['latency', 'table', ...of, '--out', file]);
  expect(code, err).toBe(0);
});

/** What the model itself says of a cell. */
function predicted(cell: string) {
  const text = readFileSync(file, 'utf8');
  const model = readLatencyModel(text, file);
  const choices = space.choicesOf(space.parse(cell));
  return {
    value: predictedLatency(model, choices),
    unit: 'ms',
    belowRange: isBelowRange(model, choices),
    model: { file, device: 'phone', digest: createHash('sha256').update(text).digest('hex') },
  };
}

describe('tenas score --latency-model', () => {
  it.each([cells[0]!, least])('shows the prediction of %s beside the scores', async (cell) => {
    const { code, out, err } = await tenas([...scored, '--arch', cell, '--json']);
    expect(code, err).toBe(0);
    const document = scoreDocumentSchema.parse(JSON.parse(out));
    expect(document.latency).toEqual(predicted(cell));
    expect(document.latency!.belowRange).toBe(cell === least);
    expect(Object.keys(document.scores)).toEqual(['params', 'macs']);
    const row = (await tenas([...scored, '--arch', cell])).out
      .split('\n')
      .find((line) => line.startsWith('latency'));
    const shown = `${Number(document.latency!.value.toPrecision(4))} ms${cell === least ? ' or less' : ''}`;
    expect(row!.split(/\s{2,}/)).toEqual(['latency', shown, 'lower', `predicted for phone by ${file}`]);
  });

  it('answers lines with predictions', async () => {
    const lines = cells.slice(0, 3).map((architecture) => JSON.stringify({ architecture }));
    const input = () => Readable.from([Buffer.from(lines.join('\n'))]);
    const { code, out, err } = await tenas([...scored, '--stdin'], { input });
    expect(code, err).toBe(0);
    const answers = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map(({ latency }) => latency)).toEqual(cells.slice(0, 3).map(predicted));
  });

  it('leaves documents as they are where no model is named', async () => {
    const { out } = await tenas(['score', '--arch', cells[0]!, ...metrics, '--json']);
    expect(JSON.parse(out)).not.toHaveProperty('latency');
  });

  it.each([
    [
      ['--space', 'nas-bench-201', '--arch', 'GDAS_cifar10_1'],
      'the latency model is of nats-size, not of nas-bench-201',
    ],
    [['--stdin'], '--latency-model: predicts architectures of one space; name the space (--space)'],
    [
      ['--arch', least, '--latency-model', 'none.json'],
      '--latency-model must be a file of tenas latency table',
    ],
  ])('%j is refused', async (argv, problem) => {
    const { code, out, err } = await tenas(['score', ...metrics, '--latency-model', file, ...argv]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(problem);
  });

  it('is refused for a network from a file', async () => {
    const onnx = join(temporaryFolder(), 'net.onnx');
    const exported = await tenas(['export', '--space', 'nats-size', '--arch', least, '--out', onnx]);
    expect(exported.code, exported.err).toBe(0);
    const { code, err } = await tenas(['score', '--onnx', onnx, ...metrics, '--latency-model', file]);
    expect(code).toBe(2);
    expect(err).toContain('tenas latency --onnx FILE measures a network');
  });
});

describe('costs that are named as metrics', () => {
  it.each([
    ['latency', 'tenas latency table'],
    ['memory', "--constraint 'memory<=4MiB'"],
    ['flops', 'macs counts multiply-adds, of which each is two FLOPs'],
  ])('%s is refused with where it is', async (name, right) => {
    for (const command of [
      ['score', '--arch', 'GDAS_cifar10_1'],
      ['search', '--strategy', 'random'],
    ]) {
      const { code, err } = await tenas([...command, '--metrics', `naswot,${name}`]);
      expect(code).toBe(2);
      expect(err).toContain(`${name} is no metric: `);
      expect(err).toContain(right);
    }
  });
});
