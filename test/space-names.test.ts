import { listStrategies } from '@tenas/search/definitions';
import { listSpaces } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { codeTokens, placesThatSay, sayingAny } from './support/code-tokens.js';

const saysSpace = sayingAny(listSpaces().flatMap(({ name, title }) => [name, title]));

/** Systems that were published with a space: where strategies are, their names mean the strategies. */
const STRATEGIES = new Set(listStrategies().map(({ name }) => name));
const saysOtherSpace = sayingAny(
  listSpaces().flatMap(({ name, title }) => (STRATEGIES.has(name) ? [] : [name, title])),
);
const isOfStrategies = (file: string) => file.startsWith('packages/search/src/');

/** Files elsewhere that must say a space's name, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'packages/search/src/systems.ts': 'systems are called as their spaces',
  'packages/search/src/definitions.ts': 'a strategy is called as its space',
  'packages/search/src/registry.ts': 'a strategy is called as its space',
  'packages/search/src/gradient/darts-gradient.ts': 'it is called as its space',
  'packages/cli/src/commands/data/options.ts': 'files that benchmarks publish have their names',
  'packages/evaluation/src/benchmark/read-source.ts': 'files that benchmarks publish have their names',
};

describe('names of spaces', () => {
  it('are said by the spaces themselves, the protocols of the published search and their PyTorch code alone', () => {
    const folders = [
      'packages/spaces/',
      'packages/search/src/prune/protocols/',
      'packages/pytorch/src/readable/',
    ];
    const owns = (file: string) => folders.some((folder) => file.startsWith(folder));
    const elsewhere = (file: string) => !owns(file) && !(file in EXCEPTIONS);
    expect(placesThatSay(saysSpace, (file) => elsewhere(file) && !isOfStrategies(file))).toEqual([]);
    expect(placesThatSay(saysOtherSpace, (file) => elsewhere(file) && isOfStrategies(file))).toEqual([]);
    for (const file of Object.keys(EXCEPTIONS)) {
      expect(
        placesThatSay(saysSpace, (one) => one === file),
        file,
      ).not.toEqual([]);
    }
    const said = placesThatSay(saysSpace, owns);
    for (const { name } of listSpaces()) expect(said.some((place) => place.endsWith(` ${name}`))).toBe(true);
  });

  it('are found in identifiers and literals, not in comments', () => {
    const source = [
      '// darts in a comment',
      "import { darts } from 'x';",
      "if (name === 'nas-bench-201') f(`cells of NAS-Bench-201`);",
    ].join('\n');
    const words = codeTokens(source).map(({ text, line }) => `${line} ${text}`);
    expect(words).toContain('2 darts');
    expect(words).toContain('3 nas-bench-201');
    expect(words).toContain('3 cells of NAS-Bench-201');
    expect(words.some((word) => word.includes('comment'))).toBe(false);
  });
});
