import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spaceContract } from '@tenas/spaces/contract';
import { parseSpaceFile } from '@tenas/spaces/file';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeBlockAfter } from '../../../scripts/code-block.mjs';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { Stopped } from '../src/io.js';
import { requireBuild, start, startNode, tenasBuilt } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';
import { sha256Of } from './support/own-files.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';
import { tenas } from './support/run-in-process.js';
import { smallSearch } from './support/small-search.js';

const page = readFileSync(fileURLToPath(new URL('../../../docs/own-space.md', import.meta.url)), 'utf8');
const folder = temporaryFolder();
const absent = redisAbsent();
const file = 'small-mobile.yaml';
const space = ['--space', `./${file}`];
const arch = 'mb3/skip/mb6/5';

beforeAll(() => {
  requireBuild();
  writeFileSync(join(folder, file), codeBlockAfter(page, 'own-space-yaml'));
});

async function succeeds(...argv: string[]) {
  const { code, out, err } = await tenasServed([...argv, '--json'], folder);
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  return JSON.parse(out);
}

async function isRefused(...argv: string[]) {
  const { code, out } = await tenasServed([...argv, '--json'], folder);
  expect(code).toBe(2);
  return JSON.parse(out).error;
}

describe.each(['own-space-yaml', 'own-cell-yaml'])('%s of docs/own-space.md', (block) => {
  const described = parseSpaceFile(codeBlockAfter(page, block), `${block}.yaml`);
  for (const { name, run } of spaceContract(described)) it(name, run);
});

describe('a space in YAML', () => {
  it('is shown, scored, searched by every strategy, exported, trained and reported', {
    timeout: 600_000,
  }, async () => {
    const plugins = [{ kind: 'space', name: 'small-mobile', sha256: sha256Of(join(folder, file)) }];
    expect(await succeeds('info', ...space)).toMatchObject({
      ...{ name: 'small-mobile', architectures: 81, supernet: true, plugins },
      strategies: expect.arrayContaining(['prune', 'gdas', 'hurricane']),
      exampleNetworks: { proxy: { params: expect.any(Number) }, final: { params: expect.any(Number) } },
    });
    expect((await tenasServed(['info', ...space], folder)).out).toMatch(/^ {2}late\/kernel +3, 5, 7$/m);
    const repeated = await tenasServed(['info', '--space', 'nas-bench-201'], folder);
    expect(repeated.out).toMatch(
      /^for metrics .*\n {2}deep +\d\.\d+ M parameters, \d+\.\d+ M multiply-adds$/m,
    );

    expect(await succeeds('score', ...space, '--arch', arch, '--metrics', 'naswot,params')).toMatchObject({
      ...{ architecture: arch, plugins, scores: { naswot: { value: expect.any(Number) } } },
    });
    const found = await succeeds('search', ...space, ...smallSearch, '--out', 'runs');
    expect(found).toMatchObject({ status: 'complete', space: 'small-mobile', plugins });
    for (const settings of [
      ['random', '--set', 'samples=6'],
      ['evolution', '--set', 'cycles=6', '--set', 'population=3', '--set', 'sample=2'],
    ]) {
      const search = ['search', ...space, '--metrics', 'macs', '--strategy', ...settings, '--out', 'runs'];
      expect(await succeeds(...search)).toMatchObject({ status: 'complete', plugins });
    }

    const exported = ['export', '--record', found.record, ...space];
    expect(await succeeds(...exported, '--out', 'net.onnx', '--check')).toMatchObject({
      ...{ genotype: found.genotype, check: { ok: true } },
    });
    const bundle = await succeeds(
      'export',
      ...space,
      '--arch',
      arch,
      '--format',
      'pytorch',
      '--out',
      'bundle',
    );
    expect(bundle.files).toContain('model.py');
    expect(readFileSync(join(folder, 'bundle/model.py'), 'utf8')).toContain('"early.2.mb6.expand.conv"');

    const tiny = ['--channels', '4', '--images', '60', '--image-size', '8', '--epochs', '1'];
    expect(await succeeds('train', ...space, '--arch', arch, ...tiny, '--out', 'trained')).toMatchObject({
      ...{ architecture: arch, plugins, network: { C: 4 }, onnx: { check: { ok: true } } },
    });
    await succeeds('report', found.record, 'trained/train.json', ...space, '--out', 'report.html');
    const report = readFileSync(join(folder, 'report.html'), 'utf8');
    for (const drawn of ['The network', 'mb6 16', 'separable k5 32 /2']) expect(report).toContain(drawn);
  });

  it('makes a batch, whose scores are evaluated, and which refuses the file once it changed', {
    timeout: 600_000,
  }, async () => {
    writeFileSync(
      join(folder, 'spec.yaml'),
      `score: {spaces: ${file}, architectures: [${arch}, skip/skip/skip/3, mb6/mb6/mb6/7], metrics: [params, naswot]}
search: {spaces: ./${file}, strategy: random, settings: {samples: 3}, metrics: params}\n`,
    );
    expect(await succeeds('batch', 'run', 'spec.yaml', '--out', 'batch')).toMatchObject({
      jobs: { done: 4 },
    });
    await succeeds('batch', 'export', 'batch', ...space, '--file', 'batch.csv');
    const accuracies = [`${arch},80`, 'skip/skip/skip/3,50', 'mb6/mb6/mb6/7,90'];
    writeFileSync(join(folder, 'accuracy.csv'), ['architecture,test-accuracy', ...accuracies].join('\n'));
    const evaluate = ['evaluate', 'batch.csv', '--table', 'accuracy.csv', ...space, '--resamples', '0'];
    expect(await succeeds(...evaluate)).toMatchObject({ space: 'small-mobile' });

    const text = readFileSync(join(folder, file), 'utf8');
    const before = sha256Of(join(folder, file));
    appendFileSync(join(folder, file), '# another day\n');
    for (const argv of [
      ['batch', 'run', 'spec.yaml', '--out', 'batch'],
      ['batch', 'export', 'batch', ...space, '--file', 'changed.csv'],
    ]) {
      // Another process, which has not seen the file as it was.
      const ended = await tenasBuilt([...argv, '--json'], folder);
      expect(ended.code).toBe(2);
      const { code, message } = JSON.parse(ended.out).error;
      expect(code).toBe('PLUG_IN_CHANGED');
      for (const part of ['the space small-mobile changed', before, sha256Of(join(folder, file))]) {
        expect(message).toContain(part);
      }
    }
    writeFileSync(join(folder, file), text);
  });

  it('is refused beside a record of another version of its file', { timeout: 600_000 }, async () => {
    const given = ['--space', join(folder, file)];
    const out = join(folder, 'versions');
    const drawn = ['--strategy', 'random', '--set', 'samples=1', '--metrics', 'params'];
    expect(await tenas(['search', ...given, ...drawn, '--out', out])).toMatchObject({ code: 0 });
    const tiny = ['--channels', '4', '--images', '60', '--image-size', '8', '--epochs', '1'];
    expect(await tenas(['train', ...given, '--arch', arch, ...tiny, '--out', out])).toMatchObject({
      code: 0,
    });
    for (const name of ['search-small-mobile-synthetic-random-seed0.json', 'train.json']) {
      const text = readFileSync(join(out, name), 'utf8');
      const record = join(out, 'earlier.json');
      writeFileSync(record, text.replace(sha256Of(join(folder, file)), '1'.repeat(64)));
      for (const command of ['export', 'train']) {
        const refused = [command, '--record', record, ...given, '--out', join(out, command), '--json'];
        const { code, out: document } = await tenas(refused);
        expect(code).toBe(2);
        const { error } = JSON.parse(document);
        expect(error.code).toBe('PLUG_IN_CHANGED');
        for (const part of ['the space small-mobile changed', sha256Of(join(folder, file)), '1'.repeat(64)]) {
          expect(error.message).toContain(part);
        }
      }
    }
  });

  it('is named where a training cannot go on with another network', { timeout: 600_000 }, async () => {
    const images = ['--images', '60', '--image-size', '8', '--epochs', '1'];
    const train = ['train', '--space', join(folder, file), '--arch', arch, ...images];
    const out = ['--out', join(folder, 'going-on')];
    expect(await tenas([...train, '--channels', '4', ...out])).toMatchObject({ code: 0 });
    const { code, err } = await tenas([...train, '--channels', '8', '--resume', ...out]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /--channels, --cells or --image-size: network is .*; or the file of --space changed$/m,
    );
  });

  it('is refused with file, line and field', async () => {
    writeFileSync(
      join(folder, 'wrong.yaml'),
      'name: wrong\nstem: {channels: 8}\nstages:\n  - {channels: 8, block: cnv}\n',
    );
    const score = ['score', '--space', './wrong.yaml', '--arch', 'fixed'];
    expect(await isRefused(...score)).toMatchObject({
      ...{ code: 'SPACE_FILE_INVALID', field: 'stages[0].block' },
      message: expect.stringMatching(/^\.\/wrong\.yaml:4: stages\[0\]\.block: got "cnv", .*; give conv, /),
    });
    writeFileSync(join(folder, 'wrong-spec.yaml'), 'score: {spaces: wrong.yaml, architectures: all}');
    expect(await isRefused('batch', 'run', 'wrong-spec.yaml', '--out', 'wrong')).toMatchObject({
      message: expect.stringMatching(
        /^wrong-spec\.yaml:1: score\[0\]\.spaces\[0\]: wrong\.yaml:4: stages\[0\]\.block: got "cnv"/,
      ),
    });
    expect(await isRefused('info', '--space', './nowhere.yaml')).toMatchObject({
      ...{
        code: 'PLUG_IN_MISSING',
        message: expect.stringMatching(/nowhere\.yaml: no such file; give the path of a space$/),
      },
    });
  });

  it.skipIf(absent !== null)(
    `goes to workers that were given the same file${absent === null ? '' : ` (skipped: ${absent})`}`,
    { timeout: 600_000 },
    async () => {
      await using redis = await RedisServer.start();
      writeFileSync(
        join(folder, 'queued.yaml'),
        `score: {spaces: ${file}, architectures: all, metrics: [params]}\n`,
      );
      writeFileSync(
        join(folder, 'changed.yaml'),
        `${readFileSync(join(folder, file), 'utf8')}# another day\n`,
      );
      const worker = (path: string) =>
        start(['worker', '--queue', redis.url, '--concurrency', '1', '--space', path, '--json'], folder);
      const coordinator = start(
        ['batch', 'run', 'queued.yaml', '--out', 'queued', '--queue', redis.url],
        folder,
      );
      await coordinator.says('evaluations to make');
      const changed = await worker('./changed.yaml').ended;
      expect(changed.code).toBe(2);
      expect(JSON.parse(changed.out).error.code).toBe('PLUG_IN_CHANGED');
      const able = worker(`./${file}`);
      expect((await coordinator.ended).code).toBe(0);
      able.child.kill('SIGINT');
      expect((await able.ended).code).toBe(130);
    },
  );
});

describe('tenas init space', () => {
  it.each(['yaml', 'mjs'])(
    'writes a space in %s that works, and its test',
    { timeout: 600_000 },
    async (format) => {
      const name = `first-${format}`;
      const init = ['init', 'space', name, '--format', format, '--out', 'spaces'];
      const written = await succeeds(...init);
      const paths = [`spaces/${name}.${format}`, `spaces/${name}.test.mjs`];
      expect(written).toMatchObject({ space: name, files: paths });

      const tested = await startNode(['--test', paths[1]!], folder).ended;
      expect(tested.out).toMatch(/^# fail 0$/m);
      expect(tested.code).toBe(0);
      const search = [
        'search',
        '--space',
        `./${paths[0]}`,
        '--strategy',
        'random',
        '--set',
        'samples=3',
        '--metrics',
        'params',
      ];
      expect(await succeeds(...search, '--out', 'runs')).toMatchObject({ space: name, status: 'complete' });

      const space = join(folder, paths[0]!);
      const text = readFileSync(space, 'utf8');
      writeFileSync(space, 'mine');
      expect(await isRefused(...init)).toMatchObject({
        code: 'OUTPUT_EXISTS',
        message: expect.stringContaining('--force'),
      });
      expect(readFileSync(space, 'utf8')).toBe('mine');
      await succeeds(...init, '--force');
      expect(readFileSync(space, 'utf8')).toBe(text);
    },
  );

  it.each(['123', '1e3', '0x1f', '0o7', 'null', 'true', 'false', 'yes'])(
    'takes the name %s for text',
    async (name) => {
      expect(await tenas(['init', 'space', name, '--out', folder])).toMatchObject({ code: 0 });
      expect(parseSpaceFile(readFileSync(join(folder, `${name}.yaml`), 'utf8'), name)).toMatchObject({
        name,
      });
    },
  );

  it('says that the test fails where the space is wrong', async () => {
    await succeeds('init', 'space', 'broken');
    const path = join(folder, 'broken.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('kernel: [3, 5, 7]', 'kernel: [3, 4, 7]'));
    const { code, out } = await startNode(['--test', 'broken.test.mjs'], folder).ended;
    expect(code).toBe(1);
    expect(out).toMatch(/broken\.yaml:\d+: stages\[1\]\.block\.kernel\[1\]: got 4; give one of 1, 3, 5,/);
  });

  it.each([
    ['Bad_name', 'name: got "Bad_name"; give lower case letters, digits and single hyphens'],
    ['../up', 'name: got "../up"; give lower case letters'],
    ['a'.repeat(65), 'at most 64'],
    ['nats-size', 'name: got "nats-size"; give a name that no built-in space has'],
  ])('refuses %s', async (name, message) => {
    const { code, err } = await tenas(['init', 'space', name, '--out', folder]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('writes nothing once it is stopped', async () => {
    const out = join(folder, 'stopped');
    const { code } = await tenas(['init', 'space', 'late', '--out', out], {
      signal: AbortSignal.abort(new Stopped(130)),
    });
    expect(code).toBe(130);
    expect(existsSync(join(out, 'late.yaml'))).toBe(false);
  });
});
