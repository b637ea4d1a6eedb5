import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tenas-fonts-'));
writeFileSync(join(folder, 'fonts.conf'), '<?xml version="1.0"?><fontconfig></fontconfig>');
// Before the renderer is loaded, which reads it once.
process.env.FONTCONFIG_FILE = join(folder, 'fonts.conf');

afterAll(() => rmSync(folder, { recursive: true }));

it('a system without fonts gets an explanation and not a picture without words', async () => {
  const { figurePng } = await import('../src/png.js');
  const { Html } = await import('../src/html.js');
  const figure = { name: 'x', title: 'x', description: 'x', width: 10, height: 10, content: new Html('') };
  await expect(figurePng(figure)).rejects.toThrow(/no font was found.*fonts-dejavu-core.*svg/);
});
