import { describe, expect, it } from 'vitest';
import { getSpace, isConnected } from '../src/index.js';

describe('isConnected', () => {
  const cells = getSpace('nas-bench-201');
  it.each([
    ['|none~0|+|none~0|nor_conv_3x3~1|+|none~0|nor_conv_3x3~1|nor_conv_3x3~2|', false],
    ['|none~0|+|skip_connect~0|none~1|+|none~0|none~1|skip_connect~2|', true],
  ])('%s: %s', (text, connected) => {
    expect(isConnected(cells, cells.parse(text))).toBe(connected);
  });
});
