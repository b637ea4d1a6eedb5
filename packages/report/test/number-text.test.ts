import { expect, it } from 'vitest';
import { scaledText, tickText } from '../src/number-text.js';

it.each([
  [
    [1559, 1559.5, 1560],
    ['1,559', '1,559.5', '1,560'],
  ],
  [
    [-0.5, 0, 0.1 + 0.2],
    ['−0.5', '0', '0.3'],
  ],
  [
    [2e16, 1.5e16, 5e-6],
    ['2×10¹⁶', '1.5×10¹⁶', '5×10⁻⁶'],
  ],
  [
    [-2e5, 1.5e6, 4e9],
    ['−200 k', '1.5 M', '4 G'],
  ],
])('ticks %j of an axis are told apart', (values, texts) => {
  expect(values.map(tickText)).toEqual(texts);
});

it('counts that nobody can imagine are powers of ten', () => {
  expect([643_386, 188_662_400, 2.234e16].map(scaledText)).toEqual(['643 k', '189 M', '2.23 × 10¹⁶']);
});
