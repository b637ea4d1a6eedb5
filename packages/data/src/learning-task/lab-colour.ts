import type { PerChannel } from '../source.js';

/** X, Y and Z of white: CIE's D65, as of scikit-image. */
const WHITE: PerChannel = [0.95047, 1, 1.08883];
/** From linear sRGB to X, Y and Z (IEC 61966-2-1). */
const TO_XYZ: readonly PerChannel[] = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];

/** Linear light of each sRGB value from 0 to 255. */
const LINEAR = Float64Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share > 0.04045 ? ((share + 0.055) / 1.055) ** 2.4 : share / 12.92;
});

/**
 * A colour in CIE L*a*b* under D65: L from 0 to 100, a from green to red, b from blue to yellow. Its constants are those of
 * scikit-image's `rgb2lab`, which the published code of colorization uses.
 *
 * @param red sRGB, a whole number from 0 to 255; green and blue alike
 */
export function labColour(red: number, green: number, blue: number): readonly [number, number, number] {
  const light: PerChannel = [LINEAR[red]!, LINEAR[green]!, LINEAR[blue]!];
  const [x, y, z] = TO_XYZ.map((row, place) => {
    const sum = row[0] * light[0] + row[1] * light[1] + row[2] * light[2];
    return lightness(sum / WHITE[place]!);
  });
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

function lightness(share: number): number {
  return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
}
