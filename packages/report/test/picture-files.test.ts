import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createReport, figurePng, parseResult, standaloneSvg } from '../src/index.js';
import { madeRecord, SCORES } from './support/made-results.js';

const record = await madeRecord({ space: 'nas-bench-201' });
const { figures } = createReport([parseResult(JSON.stringify({ ...record, scores: SCORES }), 'record.json')]);

describe('figures as files', () => {
  it.each(figures.map((figure) => [figure.name, figure] as const))(
    '%s stands alone',
    async (_name, figure) => {
      const svg = standaloneSvg(figure);
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).not.toContain('var(--');
      expect(svg).toContain('<title');
      expect(svg).toContain('<desc');
      // The renderer refuses what is not well-formed XML.
      const { width, height } = await sharp(Buffer.from(svg)).metadata();
      expect([width, height]).toEqual([figure.width, figure.height]);
    },
  );

  it('are pictures with something in them, at twice the size', async () => {
    const figure = figures[0]!;
    const png = await figurePng(figure);
    const { width, height, format } = await sharp(png).metadata();
    expect([format, width, height]).toEqual(['png', 2 * figure.width, 2 * figure.height]);
    const { channels } = await sharp(png).stats();
    expect(channels[0]!.stdev).toBeGreaterThan(5);
  });

  it('come in dark colours too', async () => {
    const stats = await sharp(await figurePng(figures[0]!, { scheme: 'dark' })).stats();
    expect(stats.channels[0]!.mean).toBeLessThan(80);
  });
});
