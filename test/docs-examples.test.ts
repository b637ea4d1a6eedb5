import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { codeBlockAfter } from '../scripts/code-block.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';

// Inside node_modules, so that packages resolve as they do for a user.
const base = join(repositoryRoot, 'node_modules/.cache/tenas');
mkdirSync(base, { recursive: true });
const folder = mkdtempSync(join(base, 'docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examples = [
  ['docs/extending.md', 'own-space', /^$/],
  ['docs/extending.md', 'own-metric', /^\|nor_conv_3x3.*\n\|avg_pool_3x3.*\n$/s],
  ['docs/extending.md', 'own-strategy', /^\|\w+~0\|\+\|.*, \d+ architectures scored\n$/],
  ['docs/training.md', 'training', /^32 of 32\n$/],
  ['docs/training.md', 'train-network', /^3 epochs, accuracy on 30 images known: true\n$/],
  ['docs/data.md', 'labels', /^64 64\n128\n72\n$/],
  ['docs/data.md', 'learning-task', /^4 \[ 3, 32, 32 \]\n(307200 100\n){4}$/],
] as const;

describe('the examples of the docs', () => {
  for (const [path, name] of examples) {
    const page = readFileSync(join(repositoryRoot, path), 'utf8');
    writeFileSync(join(folder, `${name}.mts`), codeBlockAfter(page, name));
  }

  it('have the types that the packages want', () => {
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(repositoryRoot, 'tsconfig.base.json'), ts.sys.readFile).config,
      ts.sys,
      repositoryRoot,
    );
    const program = ts.createProgram(
      examples.map(([, name]) => join(folder, `${name}.mts`)),
      { ...options, noEmit: true, declaration: false, declarationMap: false, sourceMap: false },
    );
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(
        ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
    expect(problems).toEqual([]);
  });

  it.each(examples)('%s: %s runs', (_, name, expected) => {
    const source = readFileSync(join(folder, `${name}.mts`), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(join(folder, `${name}.mjs`), outputText);
    const { status, stdout, stderr } = spawnSync(process.execPath, [`${name}.mjs`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(expected);
  });
});
