import { describe, expect, it } from 'vitest';
import { wordsText } from '../src/index.js';

describe('words in a message', () => {
  it('are all there, as long as anybody reads them', () => {
    const words = Array.from({ length: 70 }, (_, index) => `w${index}`);
    expect(wordsText(words.slice(0, 2))).toBe('w0, w1');
    expect(wordsText(words.slice(0, 64))).toBe(words.slice(0, 64).join(', '));
    expect(wordsText(words)).toMatch(/^w0, .*, w63 and 6 more$/);
  });
});
