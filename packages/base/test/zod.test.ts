import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as zod from 'zod';
import { readPackages } from '../../../scripts/workspace.mjs';
import { z } from '../src/zod.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Names of types, which are there at compile time alone. */
const types = /^(Zod\w+|core|infer|input|output)$/;

/** The values of zod that the sources of all packages name as `z.NAME`. */
const used = readPackages(root).flatMap(({ imports }) =>
  imports
    .filter(({ specifier, isTest }) => specifier === 'zod' && !isTest)
    .flatMap(({ file }) => [...readFileSync(file, 'utf8').matchAll(/\bz\.(\w+)/g)])
    .map(([, name]) => name!)
    .filter((name) => !types.test(name)),
);

describe('the part of zod that the built packages load', () => {
  it('is what the sources use, no less and no more', () => {
    expect(Object.keys(z).sort()).toEqual([...new Set(used)].sort());
  });

  it('is zod itself', () => {
    for (const [name, value] of Object.entries(z)) expect(value).toBe(Reflect.get(zod, name));
  });
});
