import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TenasError } from '../src/index.js';
import { readYaml } from '../src/yaml/index.js';

const read = (text: string) =>
  readYaml(text, { name: 'f.yaml', schema: z.unknown(), code: 'SPEC_INVALID' }).value;

function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    expect(error.code).toBe('SPEC_INVALID');
    return error.message;
  }
  throw new Error('it was accepted');
}

describe('YAML of people', () => {
  it.each([
    [
      '%YAML 9.9\n---\na: 1\n',
      /^f\.yaml:1: not YAML 1\.2: Unsupported YAML version 9\.9; leave the line out$/,
    ],
    [
      '%YAML 1.1\n---\na: yes\n',
      /^f\.yaml: its first line asks for YAML 1\.1; YAML 1\.2 is read, leave the line/,
    ],
    ['%FOO x\n---\na: 1\n', /^f\.yaml:1: not YAML 1\.2: Unknown directive %FOO; leave the line out$/],
    ['a: 1\nb: !foo 1\n', /^f\.yaml:2: Unresolved tag: !foo; leave it out$/],
    ['%TAG ! tag:x.y,2000:\n---\na: !z 1\n', /^f\.yaml:3: Unresolved tag: tag:x\.y,2000:z; leave it out$/],
    [`a: !${'f'.repeat(900)} 1\n`, /^f\.yaml:1: Unresolved tag: !f+\.\.\. \(\d+ characters\); leave it out$/],
    ['a: !!set {x, y}\n', /tag:yaml\.org,2002:set; leave it out$/],
    ['a: !!omap [b: 1]\n', /tag:yaml\.org,2002:omap; leave it out$/],
    ['a: !!binary aGk=\n', /tag:yaml\.org,2002:binary; leave it out$/],
    ['a: !!timestamp 2001-01-01\n', /tag:yaml\.org,2002:timestamp; leave it out$/],
    ['a: !!int x\n', /tag:yaml\.org,2002:int; leave it out$/],
    ['a: !!python/object:os.system x\n', /tag:yaml\.org,2002:python\/object:os\.system; leave it out$/],
    ['a: 1\na: 2\n', /^f\.yaml:2: not YAML: Map keys must be unique$/],
    ['{"a": 1, "\\u0061": 2}', /^f\.yaml:1: not YAML: Map keys must be unique$/],
    ['a: 1\n---\nb: 1\n', /^f\.yaml:2: a second document begins here; give one document a file$/],
  ])('is refused: %j', (text, message) => expect(refusal(text)).toMatch(message));

  it.each([
    ['%YAML 1.2\n---\na: yes\n', { a: 'yes' }],
    ['%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n', { a: '1' }],
    [
      'a: !!str 1\nb: !!int 0x10\nc: !!map {d: !!seq [1, !!null ~, !!bool true]}\n',
      { a: '1', b: 16, c: { d: [1, null, true] } },
    ],
    ['{"a": [1, 2.5e3], "b": {"c": null}}', { a: [1, 2500], b: { c: null } }],
  ])('is read: %j', (text, value) => expect(read(text)).toEqual(value));
});
