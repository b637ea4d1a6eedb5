import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ContractCheck, isPlugInPath, loadPlugIn } from '@tenas/base';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';

interface Greeter {
  readonly name: string;
  greet(): string;
}

const folder = mkdtempSync(join(tmpdir(), 'tenas-plug-in-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The contract of greeters. */
function greeterContract(greeter: Greeter): readonly ContractCheck[] {
  return [
    {
      name: 'has a name',
      run: () => {
        if (typeof greeter.name !== 'string') throw new Error(`name must be text, got ${greeter.name}`);
      },
    },
    {
      name: 'greets loudly',
      run: async () => {
        const said = greeter.greet();
        if (said !== said.toUpperCase()) throw new Error(`greet must return capitals, got ${said}`);
      },
    },
  ];
}

let files = 0;

function file(content: string, name = `greeter-${files++}.mjs`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const load = (text: string, more: { folder?: string; sha256?: string } = {}) =>
  loadPlugIn<Greeter>(text, {
    kind: 'greeter',
    field: '--greeter',
    contract: greeterContract,
    importsFrom: import.meta.url,
    ...more,
  });

const good = `export default { name: 'loud', greet: () => 'HEY' };\n`;

describe('isPlugInPath', () => {
  it.each(['./a', '../a', '/a', 'file:///a', 'a.mjs', 'a/b.js', 'C:\\a.mjs'])('%s is a path', (text) => {
    expect(isPlugInPath(text)).toBe(true);
  });

  it.each(['darts', 'nas-bench-201', 'a/b', '.a', 'js', ''])('%j is a name', (text) => {
    expect(isPlugInPath(text)).toBe(false);
  });
});

describe('loadPlugIn', () => {
  it('gives the default export with its name, its path and the hash of its file', async () => {
    const path = file(good);
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const loaded = await load(path);
    expect(loaded).toMatchObject({ kind: 'greeter', name: 'loud', path, sha256 });
    expect(loaded.value.greet()).toBe('HEY');
    expect((await load(pathToFileURL(path).href, { sha256 })).value).toBe(loaded.value);
  });

  it('resolves relative paths from the folder that is given', async () => {
    mkdirSync(join(folder, 'inner'));
    const path = file(good, join('inner', 'own.mjs'));
    expect((await load('./inner/own.mjs', { folder })).path).toBe(path);
    expect((await load('own.mjs', { folder: join(folder, 'inner') })).path).toBe(path);
  });

  it('imports a file again once it has changed', async () => {
    const path = file(good);
    const before = await load(path);
    writeFileSync(path, good.replace('HEY', 'HO'));
    const after = await load(path);
    expect([before, after].map(({ value }) => value.greet())).toEqual(['HEY', 'HO']);
    expect(after.sha256).not.toBe(before.sha256);
    await expect(load(path, { sha256: before.sha256 })).rejects.toMatchObject({
      code: 'PLUG_IN_CHANGED',
      field: '--greeter',
      message: expect.stringContaining(`has ${before.sha256}; give the same file`),
    });
  });

  it.each([
    [
      './nowhere.mjs',
      'PLUG_IN_MISSING',
      /nowhere\.mjs: no such file; give the path of a module that exports a gree/,
    ],
    ['.', 'PLUG_IN_MISSING', / is a folder; give/],
    ['file://host/%', 'PLUG_IN_MISSING', /is no URL of a file/],
  ])('refuses %s', async (text, code, message) => {
    await expect(load(text, { folder })).rejects.toMatchObject({
      ...{ code, field: '--greeter', value: text },
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['export const a = 1;', /has no default export; write `export default` before the greeter/],
    ['export default 3;', /exports a number by default/],
    ['export default null;', /write `export default`/],
    ['\nthrow new Error("not today");', /could not be imported: line 2: not today/],
    ['throw 7;', /could not be imported: 7/],
    ['\n\nexport default {', /could not be imported: /],
    ['import "./nowhere.js"; export default {};', /could not be imported: .*nowhere/],
    ['export default {};', /is no valid greeter: "has a name" fails: name must be text, got undefined/],
    [
      `export default { name: 'quiet', greet: () => 'hey' };`,
      /is no valid greeter: "greets loudly" fails: greet must return capitals, got hey/,
    ],
    [`export default { name: 'mute' };`, /"greets loudly" fails: .*not a function/],
    [`export default { name: 'x', greet() { throw Object.create(null); } };`, /fails: .*has no words/],
    [
      `const e = new Proxy(new Error(), { get() { throw 1; } }); throw e;`,
      /could not be imported: .*no words/,
    ],
  ])('refuses a file with %j', async (content, message) => {
    const path = file(content);
    await expect(load(path)).rejects.toMatchObject({
      ...{ code: 'PLUG_IN_INVALID', field: '--greeter', value: path },
      message: expect.stringMatching(message),
    });
  });

  it('refuses what the contract cannot even look at', async () => {
    const path = file(good);
    const contract = () => {
      throw new TypeError('no list of anything');
    };
    const options = { kind: 'greeter', field: '--greeter', contract, importsFrom: import.meta.url };
    await expect(loadPlugIn(path, options)).rejects.toMatchObject({
      code: 'PLUG_IN_INVALID',
      message: expect.stringContaining('it cannot be checked: no list of anything'),
    });
  });
});

describe('imports of plug-ins', () => {
  /** Runs a module outside of the repository in a process of its own, which lets plug-ins import what this file can. */
  function run(content: string): string {
    const source = readFileSync(new URL('../src/plug-in-imports.ts', import.meta.url), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 },
    });
    file(outputText, 'plug-in-imports.mjs');
    file(content, 'main.mjs');
    const main = file(
      `import { resolveAlsoFrom } from './plug-in-imports.mjs';
      resolveAlsoFrom(${JSON.stringify(import.meta.url)});
      await import('./main.mjs').catch((error) => console.log(error.code));`,
      'start.mjs',
    );
    return execFileSync(process.execPath, [main], { encoding: 'utf8' });
  }

  it('finds zod although it is not installed beside them', () => {
    expect(run(`import { z } from 'zod'; console.log(typeof z.object);`)).toBe('function\n');
  });

  it('finds nothing else that is not beside them', () => {
    expect(run(`import 'typescript';`)).toBe('ERR_MODULE_NOT_FOUND\n');
    expect(run(`import '@tenas/nowhere';`)).toBe('ERR_MODULE_NOT_FOUND\n');
  });

  it('prefers what is beside them', () => {
    const own = join(folder, 'node_modules', 'zod');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'package.json'), '{"name": "zod", "type": "module", "exports": "./index.js"}');
    writeFileSync(join(own, 'index.js'), 'export const z = "own";');
    expect(run(`import { z } from 'zod'; console.log(z);`)).toBe('own\n');
  });
});
