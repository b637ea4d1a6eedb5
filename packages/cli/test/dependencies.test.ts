import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { command, requireBuild, startNode } from './support/built-command.js';
import { noisePng } from './support/noise-png.js';

const folder = temporaryFolder();
const CELL = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|';

beforeAll(async () => {
  requireBuild();
  writeSpec(folder, 'spec', `score: {architectures: ["${CELL}"], seeds: [0], ${tiny}}`);
  for (const name of ['cat', 'dog']) {
    mkdirSync(join(folder, 'pictures', name), { recursive: true });
    for (let i = 0; i < 3; i++) writeFileSync(join(folder, 'pictures', name, `${i}.png`), noisePng(8, 8));
  }
});

/** Runs the command where a library cannot be loaded, as where its binary is of another machine. */
async function without(library: string, args: readonly string[]) {
  const hook = join(folder, `without-${library}.mjs`);
  // Of what is imported and of what is required.
  const refuse = `if (name === '${library}')
    throw Object.assign(new Error('${library}.node: wrong ELF class: ELFCLASS32'), { code: 'ERR_DLOPEN_FAILED' });`;
  const loader = `export async function resolve(name, context, next) { ${refuse} return next(name, context); }`;
  writeFileSync(
    hook,
    `import Module, { register } from 'node:module';
     register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(loader)}));
     const load = Module._load;
     Module._load = function (name, ...rest) { ${refuse} return load.call(this, name, ...rest); };`,
  );
  return await startNode(['--import', hook, command, ...args, '--json'], folder).ended;
}

describe('a library that cannot be loaded', () => {
  it.each<[library: string, code: string, help: RegExp, args: readonly string[]]>([
    ['sharp', 'DEPENDENCY_MISSING', /npm ci/, ['data', 'info', '--dataset', 'folder', '--data', 'pictures']],
    [
      'better-sqlite3',
      'SQLITE_UNAVAILABLE',
      /npm install better-sqlite3@/,
      ['batch', 'run', 'spec.yaml', '--out', 'batch'],
    ],
    [
      'onnxruntime-node',
      'ONNXRUNTIME_UNAVAILABLE',
      /npm install --ignore-scripts onnxruntime-node@/,
      ['latency', '--arch', CELL],
    ],
    [
      'onnxruntime-node',
      'ONNXRUNTIME_UNAVAILABLE',
      /npm install --ignore-scripts onnxruntime-node@/,
      ['export', '--arch', CELL, '--check', '--out', 'net.onnx'],
    ],
  ])('%s: exit code 3, its cause and the command that helps', async (library, expected, help, args) => {
    const { code, out, err } = await without(library, args);
    const { error } = JSON.parse(out);
    // Before it, a busy machine may have been noted.
    const lines = err.split('\n').filter((line) => !/^(note: the load average .*)?$/.test(line));
    expect([code, error.code, lines]).toEqual([3, expected, [`error: ${error.message}`]]);
    expect(error.message).toContain('wrong ELF class: ELFCLASS32');
    expect(error.message).toMatch(help);
    expect(error.message).not.toContain('\n');
  });

  it('stops no command that does without it', async () => {
    for (const library of ['sharp', 'better-sqlite3', 'onnxruntime-node']) {
      const { code } = await without(library, ['export', '--arch', CELL, '--out', `${library}.onnx`]);
      expect([library, code]).toEqual([library, 0]);
    }
  });
});

describe('an addon that is none', () => {
  it.each(['/dev/null', 'missing.node', 'spec.yaml', 'pictures', 'missing.wasm'])(
    'TENAS_ADDON=%s: exit code 3 with the cause',
    async (file) => {
      const score = ['score', '--arch', CELL, '--json'];
      const path = file.startsWith('/') ? file : join(folder, file);
      const { code, out, err } = await startNode([command, ...score], folder, { TENAS_ADDON: path }).ended;
      const { error } = JSON.parse(out);
      expect([code, error.code, err]).toEqual([3, 'ADDON_MISSING', `error: ${error.message}\n`]);
      expect(error.message).toContain(path);
      expect(error.message).not.toContain('\n');
    },
  );
});
