import { expectBounded } from '@tenas/base/testing';
import { GenotypeSyntaxError, getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';

const LENGTH = 30_000_000;
const filled = (part: string): string => Buffer.alloc(LENGTH, part).toString('latin1');

describe.each(['nas-bench-201', 'darts', 'nas-bench-101'] as const)(
  'texts of 30 MB as a genotype of %s',
  (space) => {
    it.each([
      ['separators', filled('|')],
      ['spaces', filled(' ')],
      ['one word', filled('w')],
      ['operations', filled('|nor_conv_3x3~0|+')],
      ['brackets', filled('[')],
      ['quotes', filled("'")],
      ['pairs', filled("('sep_conv_3x3', 1),")],
      ['ranges', filled('range(0,64),')],
      ['digits', filled('9')],
    ])('%s are refused before they are taken apart', (_what, text) => {
      const refused = (): unknown => {
        try {
          return getSpace(space).parse(text);
        } catch (error) {
          return error;
        }
      };
      const error = expectBounded({ seconds: 0.5, mebibytes: 20 }, refused);
      expect(error).toBeInstanceOf(GenotypeSyntaxError);
      const { message, value } = error as GenotypeSyntaxError;
      expect(message).toMatch(/expected at most 100000 characters/);
      expect(message.length).toBeLessThan(500);
      expect(String(value).length).toBeLessThanOrEqual(1000);
    });
  },
);
