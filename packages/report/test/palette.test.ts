import { describe, expect, it } from 'vitest';
import { type ColorName, SCHEMES } from '../src/palette.js';

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const GRAPHIC: readonly ColorName[] = ['blue', 'sky', 'green', 'orange', 'vermillion', 'purple', 'grey'];

describe.each(['light', 'dark'] as const)('the %s scheme', (name) => {
  const scheme = SCHEMES[name];

  it.each(['paper', 'page', 'panel'] as const)('has text of contrast 4.5 and more on %s', (ground) => {
    for (const text of ['ink', 'soft', 'blue'] as const) {
      expect(contrast(scheme[text], scheme[ground]), text).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('has words of contrast 4.5 and more in the colours that carry them', () => {
    expect(contrast(scheme.vermillion, scheme.paper)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(scheme.onAccent, scheme.blue)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(GRAPHIC)('has lines and symbols of contrast 3 and more in %s', (color) => {
    expect(contrast(scheme[color], scheme.paper)).toBeGreaterThanOrEqual(3);
  });
});
