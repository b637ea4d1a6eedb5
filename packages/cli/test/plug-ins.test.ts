import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { requireBuild, tenasBuilt } from './support/built-command.js';

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
  const { code, out, err } = await tenasBuilt([...argv, '--json'], folder);
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
    const unnamed = await tenasBuilt(exported, folder);
    expect(unnamed.code).toBe(2);
    expect(unnamed.err).toContain('the record is of the space "chain", which is not built in; give its file');

    expect(await succeeds('score', ...space, '--arch', arch, ...small)).toMatchObject({
      ...{ architecture: arch, scores: { regions: { value: expect.any(Number) } } },
    });
    await succeeds('bench', ...space, '--batch', '4', '--repetitions', '1', '--evaluations', '1');

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
    const { code, err } = await tenasBuilt(['score', '--space', path, '--arch', arch], folder);
    expect(err).toMatch(message);
    expect(err).not.toContain('internal error');
    expect(code).toBe(2);
  });
});
