import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { requireBuild, tenasBuilt } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';

const folder = temporaryFolder();
const space = ['--space', './chain.mjs'];
const arch = 'conv_3x3 > skip_connect > avg_pool_3x3';
const small = ['--repeats', '1', '--ntk-batch', '4'];

/** The space of docs/extending.md, as a file outside of the repository. */
function chain(): string {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/extending.md', import.meta.url)), 'utf8');
  const code = /<!-- own-space -->\n```ts\n(.*?)\n```/s.exec(page)?.[1] ?? '';
  return ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText;
}

beforeAll(() => {
  requireBuild();
  writeFileSync(join(folder, 'chain.mjs'), chain());
});

async function succeeds(...argv: string[]) {
  const { code, out, err } = await tenasServed([...argv, '--json'], folder);
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  return JSON.parse(out);
}

describe('a space of your own', () => {
  it('is searched, exported, scored, evaluated, measured and reported', async () => {
    const sha256 = createHash('sha256')
      .update(readFileSync(join(folder, 'chain.mjs')))
      .digest('hex');
    const regions = ['--region-batches', '1', '--region-batch', '64', '--finals', '0'];
    const found = await succeeds('search', ...space, ...small, ...regions, '--out', 'runs');
    expect(found).toMatchObject({
      space: 'chain',
      status: 'complete',
      genotype: expect.stringMatching(/^\w+( > \w+){2}$/),
      plugins: [{ kind: 'space', name: 'chain', sha256 }],
    });
    const exported = ['export', '--record', found.record, '--out', 'chain.onnx', '--check'];
    expect(await succeeds(...exported, ...space)).toMatchObject({
      ...{ space: 'chain', genotype: found.genotype },
      check: { ok: true },
    });
    // Another process, which has not seen the file.
    const unnamed = await tenasBuilt(exported, folder);
    expect(unnamed.code).toBe(2);
    expect(unnamed.err).toContain('the record is of the space "chain", which is not built in; give its file');

    expect(await succeeds('score', ...space, '--arch', arch, ...small)).toMatchObject({
      ...{ architecture: arch, scores: { regions: { value: expect.any(Number) } } },
    });
    await succeeds('bench', ...space, '--batch', '4', '--repetitions', '1', '--evaluations', '1');

    const tiny = ['--channels', '4', '--images', '60', '--image-size', '8', '--epochs', '1'];
    expect(await succeeds('train', ...space, '--arch', arch, ...tiny, '--out', 'trained')).toMatchObject({
      ...{ space: 'chain', architecture: arch, plugins: [{ kind: 'space', name: 'chain', sha256 }] },
      onnx: { check: { ok: true } },
    });

    const others = ['skip_connect', 'conv_3x3', 'none'].map((op) => `${op} > ${op} > ${op}`);
    const rows = (column: string, values: readonly number[]) =>
      [`architecture,${column}`, ...others.map((text, row) => `${text},${values[row]}`)].join('\n');
    writeFileSync(join(folder, 'scores.csv'), rows('kappa', [2, 1, 3]));
    writeFileSync(join(folder, 'accuracy.csv'), rows('test-accuracy', [80, 90, 10]));
    const evaluated = await succeeds(
      ...['evaluate', 'scores.csv', '--table', 'accuracy.csv', ...space, '--resamples', '0'],
    );
    expect(evaluated).toMatchObject({ space: 'chain' });

    const { files } = await succeeds('report', found.record, '--out', 'report.html');
    expect(files).toEqual([{ path: 'report.html', bytes: expect.any(Number) }]);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('chain');
  });

  it.each([
    ['./nowhere.mjs', null, /^error: --space: .*nowhere\.mjs: no such file; give the path of a module/],
    [
      './number.mjs',
      'export default 3;',
      /exports a number by default; write `export default` before the space/,
    ],
    ['./thrown.mjs', 'throw new Error("not today");', /could not be imported: line 1: not today/],
    ['./syntax.mjs', 'const a = 1;\nexport default {', /could not be imported: line 2: Unexpected end/],
    ['./empty.mjs', 'export default {};', /is no valid space: ".*" fails: /],
    [
      './taken.mjs',
      `import { natsSize } from '@tenas/spaces';\nexport default { ...natsSize, name: 'darts' };`,
      /^error: --space: .*another space is already called darts/,
    ],
  ])('%s is refused', async (path, content, message) => {
    if (content !== null) writeFileSync(join(folder, path), content);
    const { code, err } = await tenasServed(['score', '--space', path, '--arch', arch], folder);
    expect(err).toMatch(message);
    expect(err).not.toContain('internal error');
    expect(code).toBe(2);
  });
});

describe('a recipe of your own', () => {
  it('comes with its space, and is found by its name', async () => {
    const recipe = "{ ...QUICK_RECIPE, name: 'brief', epochs: 1, batchSize: 16 }";
    writeFileSync(
      join(folder, 'brief.mjs'),
      `import { QUICK_RECIPE } from '@tenas/spaces';
import chain from './chain.mjs';
export default { ...chain, name: 'brief-chain', recipe: ${recipe} };`,
    );
    const train = ['train', '--space', './brief.mjs', '--arch', arch, '--channels', '4', '--images', '60'];
    const named = [...train, '--image-size', '8', '--recipe'];
    const record = await succeeds(...named, 'brief', '--out', 'brief');
    expect(record).toMatchObject({ recipe: { name: 'brief' }, batchSize: 16 });
    expect(record.epochs).toHaveLength(1);
    const { err } = await tenasServed([...named, 'short', '--out', 'short'], folder);
    expect(err).toContain(
      '--recipe: got "short"; give one of quick, nas-bench-201, nas-bench-macro, darts, brief',
    );
    const { out } = await tenasServed([...named, 'brief', '--help'], folder);
    expect(out).toContain('Settings of the recipe brief');
  });
});

describe('a metric of your own', () => {
  it('is judged by its column or by counting, and shown with its title', async () => {
    const metric = (name: string, value: string) =>
      writeFileSync(
        join(folder, `${name}.mjs`),
        `import { z } from 'zod';
export default {
  name: '${name}', title: 'title of ${name}', better: 'lower', paper: '', needs: [],
  about: 'About ${name}.',
  settings: z.strictObject({}), combine: (repeats) => Math.max(...repeats), count: ({ cost }) => ${value},
};`,
      );
    metric('my-column', 'cost.macs');
    metric('my-count', '2 * cost.params');
    const architecture = (op: string) => `|${op}~0|+|none~0|none~1|+|none~0|none~1|${op}~2|`;
    const line = (...cells: readonly (string | number)[]) => `nas-bench-201,cifar10,${cells.join()}`;
    const [one, other] = [architecture('nor_conv_3x3'), architecture('skip_connect')];
    const lines = [line(one, 1, 4), line(one, 2, 6), line(other, 1, 9)];
    writeFileSync(
      join(folder, 'own.csv'),
      ['space,dataset,architecture,seed,my-column', ...lines, ''].join('\n'),
    );
    writeFileSync(join(folder, 'trained.csv'), `arch,test\n${one},90\n${other},70\n`);
    const given = ['--metric', './my-column.mjs', '--metric', './my-count.mjs'];
    const document = await succeeds('evaluate', 'own.csv', '--table', 'trained.csv', ...given);
    expect(document.metrics.slice(0, 2)).toMatchObject([
      { name: 'my-column', title: 'title of my-column', better: 'lower', source: { kind: 'column' } },
      { name: 'params', better: 'higher', source: { kind: 'counted' } },
    ]);
    expect(document.points.values['my-column']).toEqual([6, 9]);
    const { params, 'my-count': count } = document.points.values;
    expect(count).toEqual(params.map((value: number) => 2 * value));
    // The document describes its metrics: a report of it needs no file of theirs.
    writeFileSync(join(folder, 'judged.json'), JSON.stringify(document));
    await succeeds('report', 'judged.json', '--out', 'judged.html');
    const judged = readFileSync(join(folder, 'judged.html'), 'utf8');
    expect(judged).toContain('title of my-count');
    expect(judged).toContain('About my-column.');
    await succeeds('report', 'own.csv', ...given, '--out', 'own.html');
    expect(readFileSync(join(folder, 'own.html'), 'utf8')).toContain('Title of my-column');
  });
});
