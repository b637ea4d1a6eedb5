import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@tenas/graph';
import { summarizeModel } from '@tenas/onnx';
import { listSpaces } from '@tenas/spaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, requireBuild, tenasBuilt } from '../packages/cli/test/support/built-command.js';
import { writeOwnFiles } from '../packages/cli/test/support/own-files.js';
import { type Outcome, tenas } from '../packages/cli/test/support/run-in-process.js';
import { writeCifar } from '../packages/pytorch/test/support/cifar-files.js';
import { PYTHON, pythonEnvironment } from '../packages/pytorch/test/support/python-process.js';
import { ScriptProcess } from '../packages/pytorch/test/support/script-process.js';
import { torchMissing } from '../packages/pytorch/test/support/torch-process.js';
import { codeBlockAfter } from '../scripts/code-block.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';
import { temporaryFolder } from './support/temporary-folder.js';

const folder = temporaryFolder();
const FILES = [
  'README.md',
  'config.json',
  'model.onnx',
  'model.py',
  'model.safetensors',
  'train.py',
  'weights.py',
];
const arch = '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|';
const small = ['--arch', arch, '--channels', '4', '--cells', '1'];
const missing = torchMissing();

/** Runs `tenas export` and returns its document. */
async function exported(...argv: string[]) {
  const { code, out, err } = await tenas(['export', ...argv, '--json']);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out);
}

function configIn(target: string) {
  return JSON.parse(readFileSync(join(target, 'config.json'), 'utf8'));
}

describe('tenas export --format pytorch', () => {
  it('writes a folder with everything, and says so', async () => {
    const out = join(folder, 'whole');
    const document = await exported(...small, '--format', 'pytorch', '--out', out, '--check');
    expect(readdirSync(out).sort()).toEqual(FILES);
    expect(document).toMatchObject({ out, format: 'pytorch', trained: false, check: { ok: true } });
    expect(document.files.toSorted()).toEqual(FILES);
    const config = configIn(out);
    expect(config).toMatchObject({
      architecture: arch,
      C: 4,
      N: 1,
      num_classes: 10,
      dataset: 'cifar10',
      class_names: expect.arrayContaining(['airplane', 'truck']),
      params: document.params,
      macs: document.flops,
      trained: false,
      seed: 0,
      record_sha256: null,
    });
    expect(config.mean[0]).toBeCloseTo(125.3 / 255, 12);
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('UNTRAINED');
    // The weights are those of the ONNX file.
    const { tensors, metadata } = readSafetensors(readFileSync(join(out, 'model.safetensors')));
    expect(metadata.trained).toBe('false');
    const model = summarizeModel(readFileSync(join(out, 'model.onnx')));
    expect(model.initializers.map(({ name }) => name).filter((name) => tensors.has(name))).toHaveLength(
      tensors.size,
    );
  });

  it('refuses a folder that is there, and with --force replaces its own files alone', async () => {
    const out = join(folder, 'twice');
    await exported(...small, '--format', 'pytorch', '--out', out);
    writeFileSync(join(out, 'trained.safetensors'), 'mine');
    const first = readFileSync(join(out, 'model.safetensors'));
    const refused = await tenas(['export', ...small, '--format', 'pytorch', '--out', out, '--seed', '1']);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--force');
    expect(readFileSync(join(out, 'model.safetensors')).equals(first)).toBe(true);
    await exported(...small, '--format', 'pytorch', '--out', out, '--seed', '1', '--force');
    expect(readdirSync(out).sort()).toEqual([...FILES, 'trained.safetensors'].sort());
    expect(readFileSync(join(out, 'model.safetensors')).equals(first)).toBe(false);
    expect(configIn(out).seed).toBe(1);
  });

  it('leaves no folder where it is stopped or refused', async () => {
    const stopped = join(folder, 'stopped');
    const signal = AbortSignal.abort(new Error('stopped'));
    await tenas(['export', ...small, '--format', 'pytorch', '--out', stopped], { signal }).catch(
      () => undefined,
    );
    const refused = join(folder, 'refused');
    const { code, err } = await tenas([
      'export',
      ...small,
      '--weights',
      'no.safetensors',
      '--format',
      'pytorch',
      '--out',
      refused,
    ]);
    expect(code).toBe(2);
    expect(err).toContain('no.safetensors');
    expect([stopped, refused].filter((path) => existsSync(path))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('gives scores and hash of a record', async () => {
    const record = join(folder, 'record.json');
    const fixture = new URL('../packages/records/test/fixtures/v1/search-finals.json', import.meta.url);
    writeFileSync(record, readFileSync(fixture));
    const out = join(folder, 'recorded');
    await exported(
      '--record',
      record,
      '--channels',
      '4',
      '--cells',
      '1',
      '--format',
      'pytorch',
      '--out',
      out,
    );
    const hash = createHash('sha256').update(readFileSync(record)).digest('hex');
    expect(configIn(out).record_sha256).toBe(hash);
    const card = readFileSync(join(out, 'README.md'), 'utf8');
    expect(card).toContain('## Scores');
    expect(card).toContain(hash);
  });

  it('is trained where the weights are', async () => {
    const untrained = join(folder, 'first');
    await exported(...small, '--format', 'pytorch', '--out', untrained);
    const again = join(folder, 'again');
    const weights = join(untrained, 'model.safetensors');
    await exported(...small, '--weights', weights, '--format', 'pytorch', '--out', again);
    expect(configIn(again)).toMatchObject({ trained: false, weights: 'model.safetensors', seed: null });
    expect(readFileSync(join(again, 'model.safetensors')).equals(readFileSync(weights))).toBe(true);
  });
});

describe.skipIf(missing !== null)(`a bundle in PyTorch${missing === null ? '' : ` (${missing})`}`, () => {
  const data = missing === null ? writeCifar(join(folder, 'cifar'), 10, { training: 4, test: 2 }) : '';
  let scripts: ScriptProcess;
  beforeAll(() => {
    scripts = new ScriptProcess();
  });
  afterAll(() => scripts[Symbol.asyncDispose]());

  /** Exports a network, trains it for two steps and runs the command of its model card. */
  async function handOver(
    out: string,
    run: (argv: readonly string[]) => Promise<Omit<Outcome, 'code'> & { code: number | null }>,
    subject: string[],
  ) {
    const made = await run(['export', ...subject, '--format', 'pytorch', '--out', out]);
    expect(made.code, made.err).toBe(0);
    const { status, stderr } = await scripts.run(
      out,
      ...['train.py', '--data', data, '--steps', '2', '--batch', '2'],
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const card = readFileSync(join(out, 'README.md'), 'utf8');
    const shown = /^tenas (export .* --check)$/m.exec(card)![1]!;
    const words = spawnSync('sh', ['-c', `printf '%s\\n' ${shown}`], { encoding: 'utf8' }).stdout;
    const argv = words
      .trimEnd()
      .split('\n')
      .map((word) => (word.startsWith('trained.') ? join(out, word) : word));
    const { code, out: printed, err } = await run([...argv, '--json']);
    expect(code, err).toBe(0);
    const document = JSON.parse(printed);
    expect(document).toMatchObject({ trained: true, check: { ok: true } });
    const config = configIn(out);
    expect(document).toMatchObject({ params: config.params, genotype: config.architecture });
  }

  it.each(listSpaces().map((space) => [space.name, space] as const))(
    'of %s trains, and its weights come back',
    async (name, space) => {
      const fields = space.sizes.final({ classes: 10, height: 32, width: 32 });
      const size = [
        ...('C' in fields ? ['--channels', '6'] : []),
        ...('N' in fields ? ['--cells', '3'] : []),
      ];
      // The lightest of a few: the example of some spaces takes ten times as long.
      const costs = space.costs(fields);
      const [architecture] = space
        .sample({ count: 8, seed: 1 })
        .sort((a, b) => costs.of(a).macs - costs.of(b).macs);
      const arch = space.format(architecture!);
      await handOver(join(folder, `trains-${name}`), tenas, ['--space', name, '--arch', arch, ...size]);
    },
  );

  it('of a space of your own trains, and its weights come back', async () => {
    requireBuild();
    const own = join(folder, 'own');
    mkdirSync(own);
    writeOwnFiles(own);
    const subject = ['--space', './chain.mjs', '--arch', 'conv_3x3 > avg_pool_3x3 > conv_3x3'];
    await handOver(join(own, 'trains'), (argv) => tenasBuilt(argv, own), subject);
  });

  it('is what docs/pytorch.md shows', async () => {
    requireBuild();
    const page = readFileSync(join(repositoryRoot, 'docs/pytorch.md'), 'utf8');
    const cwd = join(folder, 'shown');
    mkdirSync(cwd);
    writeCifar(join(cwd, 'cifar-10-batches-bin'), 10);
    // As in a shell where the packages are installed.
    const shell = `set -e\nnpx() { shift; '${process.execPath}' '${command}' "$@"; }\npython3() { ${PYTHON} "$@"; }\n`;
    const session = shell + codeBlockAfter(page, 'session');
    const { status, stdout, stderr } = spawnSync('sh', ['-c', session], {
      cwd,
      env: pythonEnvironment,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^epoch 2\/2: /m);
    expect(stdout).toMatch(/^check +ok/m);
    expect(await scripts.run(join(cwd, 'net'), '-c', codeBlockAfter(page, 'use'))).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});
