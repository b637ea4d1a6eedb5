import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CSV_COLUMNS, TRAINING_COLUMNS } from '@tenas/records';
import { describe, expect, it } from 'vitest';
import { parseSpec, readSpec } from '../src/spec/read-spec.js';
import { temporaryFolder } from './temporary-folder.js';

const read = (text: string) => parseSpec(text, 'spec.yaml', '/specs').spec;

function problem(text: string): { message: string; field: string | undefined } {
  try {
    read(text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'SPEC_INVALID' });
    const { message, field } = error as Error & { field?: string };
    return { message, field };
  }
  throw new Error('the spec was taken');
}

describe('a spec', () => {
  it('fills in what is left out and takes one value for a list of one', () => {
    expect(read('score: {architectures: all}')).toEqual({
      datasets: {},
      attempts: 3,
      score: [
        {
          spaces: ['nas-bench-201'],
          datasets: ['synthetic'],
          architectures: 'all',
          seeds: [0],
          repeats: 3,
          isomorphic: 'shared',
        },
      ],
    });
  });

  it('may be UTF-16, as some shells of Windows write it', async () => {
    const path = join(temporaryFolder(), 'spec.yaml');
    writeFileSync(path, '\uFEFFscore: {architectures: all}\n', 'utf16le');
    expect((await readSpec(path)).spec.score).toHaveLength(1);
  });

  it('takes seeds one by one and as ranges', () => {
    const seeds = (text: string) => read(`search: {seeds: ${text}}`).search?.[0]?.seeds;
    expect(seeds('7')).toEqual([7]);
    expect(seeds('[3, 1]')).toEqual([3, 1]);
    expect(seeds('2..5')).toEqual([2, 3, 4, 5]);
    expect(seeds('9007199254740991')).toEqual([Number.MAX_SAFE_INTEGER]);
  });

  it('takes metrics by name, by file and with settings', () => {
    const metrics = (text: string) => read(`search: {metrics: ${text}}`).search?.[0]?.metrics;
    expect(metrics('naswot')).toEqual([{ name: 'naswot', settings: {} }]);
    expect(metrics('[naswot, {./own.mjs: {size: 2}}]')).toEqual([
      { name: 'naswot', settings: {} },
      { name: './own.mjs', settings: { size: 2 } },
    ]);
  });

  it('is JSON as well', () => {
    expect(read('{"search": [{"protocols": ["repo", "fast"]}]}').search?.[0]?.protocols).toEqual([
      'repo',
      'fast',
    ]);
  });

  it.each([
    [
      'score:\n  architectures: all\n  repeats: three\n',
      3,
      'score[0].repeats',
      'a whole number from 1 to 10000',
    ],
    ['score:\n  architectures: all\n  repets: 3', 3, 'score[0].repets', 'only the fields spaces, datasets'],
    ['search:\n  seeds:\n    - 1\n    - -2', 4, 'search[0].seeds[1]', 'a whole number of at least 0'],
    ['score:\n  architectures: []', 2, 'score[0].architectures', 'give at least one architecture'],
    ['search:\n  seeds: 5..2', 2, 'search[0].seeds[0]', 'a range such as 0..499'],
    ['search:\n  spaces:\n    - 3', 3, 'search[0].spaces[0]', 'the name of a space, or its file'],
    ['search:\n  metrics: [{a: {x: 1}, b: {}}]', 2, 'search[0].metrics[0]', 'one metric per entry'],
    ['search:\n  metrics: [a, 3]', 2, 'search[0].metrics[1]', 'a metric by its name or its file'],
    ['search:\n  settings: fast', 2, 'search[0].settings[0]', 'settings, as {repeats: 3}'],
    ['search:\n  settings: {}\n  overrides: {}', 1, 'search[0]', 'settings or overrides'],
    [
      'score:\n  architectures: all\n  metrics: naswot\n  repeats: 2\n  ntk: {batchSize: 4}',
      1,
      'score[0]',
      'settings of metrics under metrics',
    ],
    ['score:\n  seeds: 1', 1, 'score[0].architectures', 'all, a list of architectures'],
    ['attempts: 0\nsearch: {}', 1, 'attempts', 'a whole number from 1 to 100'],
    [
      'train:\n  architectures: all\n  recipe: quick',
      3,
      'train[0].recipe',
      'only the fields spaces, datasets',
    ],
    [
      'train:\n  architectures: all\n  epochs: [3, 0]',
      3,
      'train[0].epochs[1]',
      'a whole number from 1 to 100000',
    ],
    [
      'train:\n  architectures: all\n  validation: 1.5',
      3,
      'train[0].validation',
      'a share below 1, such as 0.1',
    ],
    [
      'train:\n  architectures: {batch: x, best: 3}',
      2,
      'train[0].architectures',
      '{batch: FOLDER, metric: NAME',
    ],
    [
      'datasets:\n  mine:\n    folder: x\nsearch: {}',
      3,
      'datasets.mine.folder',
      'only the fields dataset, data',
    ],
  ])('names line and field of %j', (text, line, field, right) => {
    const found = problem(text);
    expect(found.message).toMatch(new RegExp(`^spec\\.yaml:${line}: `));
    expect(found.message).toContain(field);
    expect(found.message).toContain(right);
    expect(found.field).toBe(field);
  });

  it('names all mistakes, in the order of the lines', () => {
    const found = problem(
      'attempts: none\nserach: {}\nscore:\n  architectures: all\n  seeds: 5..2\n  repets: 1\n',
    );
    expect(found.message.split('\n')).toEqual([
      expect.stringMatching(/^spec\.yaml:1: attempts: got "none"; give a whole number from 1 to 100$/),
      expect.stringMatching(/^spec\.yaml:2: serach: got \{\}; give only the fields datasets, search, score/),
      expect.stringMatching(/^spec\.yaml:5: score\[0\]\.seeds\[0\]: got "5\.\.2"; give a seed/),
      expect.stringMatching(/^spec\.yaml:6: score\[0\]\.repets: got 1; give only the fields spaces/),
    ]);
    expect(found.field).toBe('attempts');
  });

  it('names all mistakes of a training', () => {
    const found = problem(
      'train:\n  architectures: all\n  epochs: many\n  channels: [8, -1]\n  cell: 1\n  validation: half\n  images: 1\n',
    );
    expect(found.message.split('\n').map((line) => /^spec\.yaml:(\d): ([^:]*)/.exec(line)!.slice(1))).toEqual(
      [
        ['3', 'train[0].epochs[0]'],
        ['4', 'train[0].channels[1]'],
        ['5', 'train[0].cell'],
        ['6', 'train[0].validation'],
        ['7', 'train[0].images'],
      ],
    );
  });

  it('names the first of very many mistakes, and how many there are besides', () => {
    const lines = problem(`score: {architectures: all, seeds: [${'x, '.repeat(30)}]}`).message.split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 10 more mistakes');
  });

  it('needs something to do', () => {
    expect(problem('attempts: 2').message).toContain('a section search, score or train');
    expect(problem('').message).toContain('the fields datasets, search, score');
  });

  it('has to be YAML', () => {
    expect(problem('search: {}\nscore: [1\n').message).toMatch(/^spec\.yaml:\d: not YAML: /);
    expect(problem('search: {}\nsearch: {}').message).toMatch(/^spec\.yaml:2: not YAML: /);
  });
});

describe('docs/batch.md', () => {
  const text = readFileSync(new URL('../../../docs/batch.md', import.meta.url), 'utf8');

  it('shows a spec that is one', () => {
    const [, yaml] = /<!-- batch-spec -->\n```yaml\n(.*?)```/s.exec(text)!;
    const { score, search } = read(yaml!);
    expect([score?.[0]?.architectures, search?.[0]?.seeds.length]).toEqual(['all', 20]);
  });

  it('lists the columns of an export in their order', () => {
    const table = text.slice(text.indexOf('## Exported columns'));
    const cells = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell]) => cell!);
    expect(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name))).toEqual([
      ...CSV_COLUMNS,
      ...TRAINING_COLUMNS,
    ]);
  });
});
