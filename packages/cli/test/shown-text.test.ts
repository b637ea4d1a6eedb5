import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { jsonText, shownText, withShownErrors } from '../src/io.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();

describe('text of others on a terminal', () => {
  it('loses what a terminal would obey, and keeps lines, tabs and letters of all scripts', () => {
    expect(shownText('a\u001b[31mb\u0007\u009bc\u202ed\r')).toBe('a\ufffd[31mb\ufffd\ufffdc\ufffdd\ufffd');
    expect(shownText('a\tκ\n架構 🎉')).toBe('a\tκ\n架構 🎉');
    expect(shownText('\u001b[K')).toBe('\ufffd[K');
  });

  it('is escaped in JSON, and means the same', () => {
    const document = { 'na\u009bme': 'a\u001b[2J\u007f\u202e\u2066\n\u{e0001}κ 架構 🎉' };
    const text = jsonText(document);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('κ 架構 🎉');
    expect(JSON.parse(text)).toEqual(document);
  });

  it('leaves progress its own sequences', () => {
    let err = '';
    const io = withShownErrors({
      out: () => {},
      err: (text) => {
        err += text;
      },
      terminal: null,
      env: {},
      signal: new AbortController().signal,
    });
    io.err('\r\u001b[K\r7 of 9 \u001b[2J\n');
    expect(err).toBe('\r\u001b[K\r7 of 9 \ufffd[2J\n');
  });

  it('is what commands print of a space’s title, also in errors', async () => {
    const path = join(folder, 'space.yaml');
    const stages = '[{channels: 8, block: {choices: {skip: identity, conv: conv}}}]';
    const title = String.raw`"mine\e[2J\e]0;x\a"`;
    writeFileSync(path, `name: mine\ntitle: ${title}\nstem: {channels: 8}\nstages: ${stages}\n`);
    const { code, out } = await tenas(['info', '--space', path]);
    expect(code).toBe(0);
    expect(out).toContain('mine\ufffd[2J\ufffd]0;x\ufffd');
    expect(out).not.toContain('\u001b');
    const refused = await tenas(['info', '--space', path, '--arch', 'a\u001b[2J']);
    expect(refused.code).toBe(2);
    expect(refused.err).not.toContain('\u001b');
  });
});
