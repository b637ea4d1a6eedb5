import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { decodedText, readInputText } from '../src/index.js';

const folder = temporaryFolder();

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const swapped = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16();

describe('text of a file', () => {
  it.each([
    ['UTF-8', Buffer.from('arch;π\n')],
    ['UTF-8 with a mark', Buffer.from('\ufeffarch;π\n')],
    ['UTF-16, low byte first', Buffer.from('\ufeffarch;π\n', 'utf16le')],
    ['UTF-16, high byte first', swapped('arch;π\n')],
    ['gzip', gzipSync('arch;π\n')],
    ['gzip of UTF-16', gzipSync(swapped('arch;π\n'))],
  ])('is read: %s', async (name, bytes) => {
    expect(await readInputText(file(`${name}.txt`, bytes))).toBe('arch;π\n');
  });

  it('may be empty', () => expect(decodedText(new Uint8Array())).toBe(''));

  it('is refused where a packed file is damaged, or unpacks to too much', async () => {
    const packed = gzipSync('a'.repeat(5000));
    await expect(readInputText(file('cut.gz', packed.subarray(0, 20)))).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('cut.gz is packed by gzip and damaged'),
    });
    await expect(readInputText(file('bomb.gz', packed), { maxBytes: 4000 })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('unpacks to more than'),
    });
  });
});
