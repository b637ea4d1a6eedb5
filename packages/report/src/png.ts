import { TenasError } from '@tenas/base';
import sharp from 'sharp';
import { type Figure, standaloneSvg } from './figure.js';
import type { SCHEMES } from './palette.js';

async function ink(text: string): Promise<number> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="30"><rect width="80" height="30" fill="#fff"/><text x="2" y="20" font-family="Arial, sans-serif" font-size="14">${text}</text></svg>`;
  const { data } = await sharp(Buffer.from(svg)).greyscale().raw().toBuffer({ resolveWithObject: true });
  return data.reduce((sum, value) => sum + 255 - value, 0);
}

let fontsFound: Promise<boolean> | undefined;

/** Without a font the renderer draws nothing, or the same box for every letter. */
function haveFonts(): Promise<boolean> {
  fontsFound ??= Promise.all([ink('iiii'), ink('WWWW')]).then(
    ([thin, wide]) => thin > 0 && wide > 1.5 * thin,
  );
  return fontsFound;
}

/**
 * The figure as PNG, `scale` pixels a unit (default 2).
 * @throws TenasError `FONTS_MISSING` where the system has no font to write with
 */
export async function figurePng(
  figure: Figure,
  { scheme = 'light', scale = 2 }: { scheme?: keyof typeof SCHEMES; scale?: number } = {},
): Promise<Buffer> {
  if (!(await haveFonts())) {
    throw new TenasError(
      'FONTS_MISSING',
      'png: no font was found to write labels with; install one (Debian and Ubuntu: apt-get install fonts-dejavu-core) or take --format svg',
      { field: 'format', value: 'png' },
    );
  }
  // The renderer's unit is 1/72 inch.
  return await sharp(Buffer.from(standaloneSvg(figure, scheme)), { density: 72 * scale })
    .png({ compressionLevel: 9, palette: true, quality: 95 })
    .toBuffer();
}
