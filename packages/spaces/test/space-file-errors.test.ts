import { TenasError } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { parseSpaceFile } from '../src/file/index.js';

/** Two lines that every file here begins with. */
const BASE = 'name: own\nstem: {channels: 8}\n';
const stage = (more: string) => `${BASE}stages:\n  - {channels: 8, ${more}}`;
const cell = (more: string) => `${BASE}cells: {c: {nodes: 3, ${more}}}\nstages:\n  - {channels: 8, block: c}`;

function refusal(text: string): TenasError {
  try {
    parseSpaceFile(text, 'own.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(TenasError);
    return error as TenasError;
  }
  throw new Error(`taken: ${text}`);
}

const ops = 'conv, separable, mbconv, fused_mbconv, residual, bottleneck, max_pool, avg_pool, identity';

describe('a wrong file of a space', () => {
  it.each([
    ['', /^own\.yaml:1: got null; give a space with the fields \$schema, name,/],
    [
      'name: Own',
      /^own\.yaml:1: name: got "Own"; give lower case letters, .*\nown\.yaml:1: stem: missing; give a stem/,
    ],
    [`${BASE}stages: []`, /^own\.yaml:3: stages: got \[\]; give at least one stage$/],
    [
      stage('block: cnv'),
      /^own\.yaml:4: stages\[0\]\.block: got "cnv", which is nothing .*; give conv, or one of conv, /,
    ],
    [stage('block: {op: cnv}'), `own.yaml:4: stages[0].block.op: got "cnv"; give one of ${ops}`],
    [stage('block: {kernel: 3}'), `own.yaml:4: stages[0].block.op: missing; give one of ${ops}`],
    [
      stage('block: {op: conv, kernal: 3}'),
      'own.yaml:4: stages[0].block.kernal: got 3; give only the fields op, kernel, dilation, groups, activation, order',
    ],
    [
      stage('block: {op: conv, kernel: [3, 4]}'),
      /^own\.yaml:4: stages\[0\]\.block\.kernel\[1\]: got 4; give one of 1, 3, 5,/,
    ],
    [stage('block: {op: conv, kernel: [3, 3]}'), /block\.kernel: got \[3,3\]; give each value once$/],
    [
      stage('block: {op: mbconv, se: [yes, no]}'),
      /block\.se: got \["yes","no"\]; give true, false, or a ratio/,
    ],
    [
      stage('block: {sequence: [conv, {op: conv, kernel: 2}]}'),
      /^own\.yaml:4: stages\[0\]\.block\.sequence\[1\]\.kernel: got 2; give one of 1, 3,/,
    ],
    [
      stage('block: {choices: {a-b: conv}}'),
      /choices\.a-b: got "conv"; give a name of 1 to 40 letters, digits and _$/,
    ],
    [
      stage('block: {choices: [conv, none]}'),
      /choices\[1\]: got "none"; only an edge of a cell may be none$/,
    ],
    [stage('block: conv, layers: 1000000000'), /layers: got 1000000000; give a whole number from 1 to 200$/],
    [
      stage('block: conv, name: stem'),
      /stages\[0\]\.name: "stem" is the name of something else; give another$/,
    ],
    [
      `${BASE}stages:\n  - {channels: 9, block: {op: conv, groups: 4}}`,
      /channels: got 9; give a multiple of 4, for the groups/,
    ],
    [
      `${BASE}blocks: {a: b, b: a}\nstages:\n  - {channels: 8, block: a}`,
      /^own\.yaml:3: blocks\.b: a refers to itself: a > b > a$/,
    ],
    [
      `${BASE}blocks: {conv: conv}\nstages:\n  - {channels: 8, block: conv}`,
      /blocks\.conv: an operation has this name; give another$/,
    ],
    [
      cell('choices: [conv], edges: ["2<-0"]'),
      /^own\.yaml:3: cells\.c\.edges: no edge leads to node 1; give one$/,
    ],
    [
      cell('choices: [conv], edges: ["2<-2"]'),
      /cells\.c\.edges\[0\]: got "2<-2"; an edge leads from a lower number to a higher/,
    ],
    [cell('choices: [conv], edges: ["3<-2"]'), /cells\.c\.edges\[0\]: got "3<-2"; nodes are 0 to 2$/],
    [
      cell('choices: [conv], edges: ["1<-0", "2<-0", "01<-0"]'),
      /cells\.c\.edges\[2\]: 01<-0 is there twice$/,
    ],
    [cell('choices: {x: c}'), /cells\.c\.choices\.x: c refers to itself: c > c$/],
    [
      `${BASE}cells: {c: {nodes: 2, choices: [d]}, d: {nodes: 2, choices: [conv]}}\nstages:\n  - {channels: 8, block: c}`,
      /choices\[0\]: got "d", a cell; the cell c is around it already$/,
    ],
    [
      `${BASE}blocks: {c: conv}\ncells: {c: {nodes: 2, choices: [conv]}}\nstages: [{channels: 8, block: c}]`,
      /cells\.c: a block has this name/,
    ],
    [
      `${BASE}N: 5\nstages:\n  - {channels: 8, block: conv}`,
      /^own\.yaml:3: N: no stage has `layers: N`; leave it out$/,
    ],
    [
      stage('block: conv, layers: N, decide: layer'),
      /decide: got "layer" beside N layers; give a number of layers, or "stage"$/,
    ],
    [
      'name: own\nstem: {channels: 8, block: {op: conv, groups: 2}}\nstages: [{channels: 8, block: conv}]',
      /^own\.yaml:2: stem\.block: the stem reads images, whose channels have no groups; give 1 group$/,
    ],
    [
      `${BASE}stages:\n  - {channels: 8, block: {op: conv, groups: [5, 7, 9]}}`,
      /groups of 1, 5, 7, 9 have no common multiple up to 64; give others$/,
    ],
    [`${BASE}stages: [`, /^own\.yaml:3: not YAML: /],
    [
      `${BASE}stages: [{channels: 8, block: conv}]\n---\n${BASE}`,
      'own.yaml:4: a second document begins here; give one document a file',
    ],
  ])('%j', (text, message) => {
    const error = refusal(text);
    expect(error.code).toBe('SPACE_FILE_INVALID');
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('names the field', () => {
    expect(refusal(stage('block: {op: conv, kernel: [3, 4]}')).field).toBe('stages[0].block.kernel[1]');
    expect(refusal(stage('block: cnv')).field).toBe('stages[0].block');
  });

  it('may not ask for more than networks have', () => {
    const many = (count: number, item: (index: number) => string) =>
      Array.from({ length: count }, (_, i) => item(i)).join(', ');
    const doubled = `${BASE}blocks:\n  b0: conv\n${Array.from({ length: 40 }, (_, i) => `  b${i + 1}: {sequence: [b${i}, b${i}]}\n`).join('')}stages: [{channels: 8, block: b40}]`;
    expect(refusal(doubled).message).toMatch(/this makes more than 10000 blocks; repeat or leave open less$/);
    const lists = `kernel: [${many(8, (i) => String(2 * i + 1))}], expansion: [${many(16, (i) => String(i + 1))}], se: [${many(60, (i) => String(i / 100))}]`;
    expect(refusal(stage(`block: {op: mbconv, ${lists}, skip: [true, false]}`)).message).toMatch(
      /more than 10000 blocks/,
    );
    const empty = `${BASE}blocks:\n${Array.from({ length: 40 }, (_, i) => `  b${i + 1}: {sequence: [${i === 0 ? 'c' : `b${i}`}, ${i === 0 ? 'c' : `b${i}`}]}\n`).join('')}cells: {c: {nodes: 12, choices: [none]}}\nstages: [{channels: 8, block: b40}]`;
    expect(refusal(empty).message).toMatch(/more than 10000 blocks/);
    const layers = `${BASE}stages: [${many(64, () => '{channels: 8, layers: 200, block: conv}')}]`;
    expect(refusal(layers).message).toMatch(
      /stages\[5\]\.layers: this makes more than 1000 layers; give fewer$/,
    );
    const decisions = `${BASE}stages: [${many(5, () => '{channels: 8, layers: 200, decide: layer, block: {op: mbconv, kernel: [3, 5], expansion: [3, 6]}}')}]`;
    expect(refusal(decisions).message).toMatch(/this makes more than 1000 decisions; leave less open$/);
    expect(refusal('a'.repeat(5_000_000)).message).toMatch(/at most 4194304 are read/);
  });

  it('refuses sizes that make too large a network', () => {
    const space = parseSpaceFile(
      `${BASE}stages: [{channels: 8, layers: N, block: {sequence: [${'conv, '.repeat(99)} conv]}}]`,
      'own.yaml',
    );
    expect(() => space.network(space.parse('fixed'), { N: 1000 })).toThrow(
      /^N must be a number that makes at most 5000 operations, not 100001, got 1000$/,
    );
    const wide = parseSpaceFile(
      `${BASE}stages: [{channels: 8, layers: 3, block: {op: conv, kernel: 15}}]`,
      'own.yaml',
    );
    expect(() => wide.network(wide.parse('fixed'), { C: 1024 })).toThrow(
      /^C must be a number that makes at most 500000000 parameters, not 7\d{8}, got 1024$/,
    );
    expect(() => space.network(space.parse('fixed'), { C: 0 })).toThrow(/^C must be .*got 0$/);
  });
});
