import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { command, requireBuild, startNode } from './support/built-command.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Has Node name every module that it loads on standard error. */
const hook = `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`import { writeSync } from 'node:fs';
export async function load(url, context, next) {
  writeSync(2, url + '\\\\n');
  return await next(url, context);
}\`));`;

/** The modules that the built command loads, from the root of the repository; without those of Node. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const traced = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, command, ...args];
  const { code, err } = await startNode(traced, tmpdir()).ended;
  expect(code).toBe(0);
  const urls = err.trim().split('\n');
  expect(urls.every((url) => URL.canParse(url))).toBe(true);
  return urls
    .filter((url) => url.startsWith('file:'))
    .map((url) => fileURLToPath(url).slice(root.length).replaceAll('\\', '/'));
}

/** The folders of packages that modules are in: `packages/base`, `node_modules/commander`. */
function packagesOf(modules: readonly string[]): string[] {
  const folders = modules.map((path) => /^(native|packages\/[^/]+|node_modules\/[^/]+)/.exec(path)?.[0]);
  return [...new Set(folders.map(String))].sort();
}

beforeAll(requireBuild);

// Time is not measured here: it follows from the number of modules, about 0.4 ms each, and from zod, 60 ms.
describe('the built command', () => {
  it.each(['--help', '--version'])('loads itself and commander for %s', async (flag) => {
    const modules = await loadedBy(flag);
    expect(packagesOf(modules)).toEqual(['node_modules/commander', 'packages/base', 'packages/cli']);
    expect(modules.length).toBeLessThan(20);
  });

  it('loads for `tenas info` the bundles of the packages that it names, and of zod only what is used', async () => {
    const modules = await loadedBy('info');
    expect(packagesOf(modules)).toEqual([
      'native',
      'node_modules/commander',
      ...['base', 'cli', 'data', 'graph', 'metrics', 'search', 'spaces'].map((name) => `packages/${name}`),
    ]);
    // Bundles share pieces with each other: a third of the modules are small files of that kind.
    expect(modules.length).toBeLessThan(80);
    expect(modules).toContain('packages/base/dist/zod.js');
  });

  it.each([
    ['search', '--help'],
    ['train', '--help'],
    ['score', '--space', 'nats-size', '--arch', '8:8:8:8:8', '--metrics', 'params'],
  ])('loads no unbundled zod for `tenas %s %s`', async (...args) => {
    const modules = await loadedBy(...args);
    expect(packagesOf(modules)).not.toContain('node_modules/zod');
    expect(modules.length).toBeLessThan(120);
  });
});
