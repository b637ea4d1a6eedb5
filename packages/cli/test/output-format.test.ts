import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const cell = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|';

/** Commands up to the name of their file, a name that promises another format, and the end that they ask for. */
const refused: readonly (readonly [command: readonly string[], name: string, wanted: string])[] = [
  [['page', '--out'], 'page.pdf', '.html'],
  [['report', at('score.json'), '--out'], 'page.pdf', '.html, .svg or .png, or --format'],
  [['report', at('score.json'), '--out'], 'page.MD', '.html, .svg or .png, or --format'],
  [['batch', 'compare', at('a'), at('b'), '--out'], 'both.json', '.html'],
  [['batch', 'export', at('a'), '--file'], 'rows.xlsx', '.csv, .jsonl or .parquet, or --format'],
  [['evaluate', at('scores.csv'), '--table', at('table.csv'), '--out'], 'judged.html', '.json'],
  [['data', 'table', at('zc.json'), '--out'], 'accuracy.parquet', '.csv'],
  [['latency', '--space', 'nas-bench-201', '--list', at('list.txt'), '--out'], 'list.json', '.csv'],
  [['latency', 'table', '--space', 'nas-bench-201', '--out'], 'laptop.csv', '.json'],
  [['export', '--arch', cell, '--out'], 'net.pt', '.onnx, or --format pytorch and a folder'],
  [['export', '--arch', cell, '--out'], 'net.safetensors', '.onnx, or --format pytorch and a folder'],
];

describe('a file whose name promises another format', () => {
  it.each(refused)('%j %s', async (command, name, wanted) => {
    const { code, err } = await tenas([...command, at(name)]);
    expect({ code, err }).toEqual({
      code: 2,
      err: `error: ${command.at(-1)}: got ${JSON.stringify(at(name))}; give a name that ends in ${wanted}\n`,
    });
    expect(existsSync(at(name))).toBe(false);
  });

  it('is written where a name says nothing, and where the format is given', async () => {
    const score = await tenas(['score', '--arch', cell, '--metrics', 'params', '--json']);
    expect(score.code, score.err).toBe(0);
    writeFileSync(at('made.json'), score.out);
    for (const more of [['page'], ['page.v2'], ['page.htm'], ['page.pdf', '--format', 'html']]) {
      const [name, ...flags] = more;
      const { code, err } = await tenas(['report', at('made.json'), '--out', at(name!), ...flags]);
      expect(code, err).toBe(0);
      expect(existsSync(at(name!))).toBe(true);
    }
  });
});
