import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../native/src', import.meta.url));

/** A file includes its own folder and those of lower height; folders of one height are peers and do not see each other. */
const height: Record<string, number> = {
  base: 0,
  portable: 0,
  graph: 1,
  parameters: 2,
  tasks: 2,
  train: 3,
  plan: 3,
  kernels: 4,
  reference: 5,
  cpu: 5,
  cuda: 5,
  runtime: 6,
  binding: 7,
};

interface Include {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Every `#include "..."` below a folder, as folders of that folder. */
function includesIn(root: string): Include[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => /\.(hpp|cpp|cuh?)$/.test(name))
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/^#include "([^"]+)"/gm)].map(([, path = '']) => ({
        file: `${file}: ${path}`,
        from: file.split(/[\\/]/)[0] ?? '',
        to: path.split('/')[0] ?? '',
      })),
    );
}

describe('native/src', () => {
  const includes = includesIn(source);

  it('has folders that the table knows, and no others', () => {
    expect(readdirSync(source).sort()).toEqual(Object.keys(height).sort());
  });

  it('includes only downwards', () => {
    const upward = includes.filter(
      ({ from, to }) => from !== to && !((height[to] ?? Number.POSITIVE_INFINITY) < (height[from] ?? 0)),
    );
    expect(upward.map(({ file }) => file)).toEqual([]);
  });

  it('names every include from native/src', () => {
    const lost = includes.filter(({ file }) => !existsSync(join(source, file.split(': ')[1] ?? '')));
    expect(lost.map(({ file }) => relative(dirname(source), file))).toEqual([]);
  });
});
