import { TenasError } from '@tenas/base';
import { expectBounded } from '@tenas/base/testing';
import { describe, expect, it } from 'vitest';
import { parseSpec } from '../src/spec/read-spec.js';

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');

function refusal(text: string): string {
  const attack = (): unknown => {
    try {
      return parseSpec(text, 'spec.yaml', '.');
    } catch (error) {
      return error;
    }
  };
  const error = expectBounded({ seconds: 6, mebibytes: 600 }, attack);
  expect(error).toBeInstanceOf(TenasError);
  expect((error as TenasError).code).toBe('SPEC_INVALID');
  expect((error as TenasError).message.length).toBeLessThan(500);
  return (error as TenasError).message;
}

describe('specs that ask for more than their size', () => {
  it.each<[what: string, text: string, message: RegExp]>([
    ['an alias of the list around it', '&a [*a]', /an alias stands inside of what it names/],
    ['an alias of the map around it', 'search: &a {seeds: [*a]}', /an alias stands inside of what it names/],
    ['100,000 anchors', `search:\n${lines(100_000, (i) => `  k${i}: &a${i} 1`)}`, /more than 100 anchors/],
    ['50,000 aliases of one anchor', `a: &a 1\nb: [${'*a,'.repeat(50_000)}]`, /more than 100 anchors/],
    [
      '100,000 tags of one node',
      `search: ${'!!x '.repeat(100_000)}1`,
      /more than 100 anchors, aliases and tags/,
    ],
    [
      'lists of lists of lists',
      lines(30, (i) => `a${i}: &a${i} [${i > 0 ? `*a${i - 1}, *a${i - 1}` : '1'}]`),
      /Excessive alias count/,
    ],
    ['brackets 100,000 deep', `search: ${'['.repeat(100_000)}`, /nested deeper than 32 levels/],
    ['braces 100,000 deep', `search: ${'{a: '.repeat(100_000)}`, /nested deeper than 32 levels/],
    ['dashes 100,000 deep', '- '.repeat(100_000), /nested deeper than 32 levels/],
    ['20,000 keys', lines(20_000, (i) => `k${i}: 1`), /more than 10000 keys/],
    ['50,000 documents', '---\na: 1\n'.repeat(50_000), /more than 10000 keys/],
    ['400,000 items', `score: {architectures: [${'x,'.repeat(400_000)}]}`, /more than 300000 words/],
    ['5 MB of blanks', ' '.repeat(5_000_000), /5000000 characters; at most 4194304/],
    ['60,000 brackets that close nothing', ']'.repeat(60_000), /not YAML/],
    ['60,000 lists side by side', '[]'.repeat(30_000), /not YAML/],
    ['40,000 texts side by side', `search: ${'"a" '.repeat(40_000)}`, /not YAML/],
    ['40,000 lines that are no fields', `search: ${'a\n'.repeat(40_000)}`, /not YAML/],
    ['40,000 directives', '%a\n'.repeat(40_000), /not YAML/],
    [
      'a setting that is a prototype',
      'search:\n  settings: {__proto__: {samples: 2}}',
      /^spec\.yaml:2: __proto__: no/,
    ],
    [
      'a dataset that is a prototype',
      'datasets: {"__proto__": {dataset: synthetic}}',
      /^spec\.yaml:1: __proto__: no/,
    ],
    ['a seed of a million digits', `search: {seeds: ${'9'.repeat(1_000_000)}}`, /got Infinity/],
  ])('refuses %s', (_what, text, message) => {
    expect(refusal(text)).toMatch(message);
  });

  it('refuses levels of indentation that the parser has no stack for', () => {
    const deep = lines(2500, (i) => `${' '.repeat(i)}a:`);
    expect(refusal(deep)).toMatch(/not YAML|give/);
  });

  it('reads all architectures by name, and anchors that are used as such', () => {
    const names = lines(
      15_625,
      (i) => `    - "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2| ${i}"`,
    );
    const { spec } = parseSpec(`search: &s {seeds: 0}\nscore:\n  architectures:\n${names}`, 'spec.yaml', '.');
    expect(spec.score).toHaveLength(1);
  });
});
