import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandList } from '../src/command-list.js';
import { commandPaths } from '../src/command-tree.js';
import { flagName } from '../src/flags.js';
import { tenasManPage } from '../src/man-page.js';

const groff = spawnSync('groff', ['--version']).status === 0;
const man = spawnSync('man', ['--version']).status === 0;

/** A text as a terminal shows it: without overstriking and escape sequences. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: groff writes them
  return text.replaceAll(/\u001b\[[\d;]*m|.\u0008/g, '');
}

function rendered(command: string, args: string[], page: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input: page,
    encoding: 'utf8',
    env: { ...process.env, MANWIDTH: '100', MAN_KEEP_FORMATTING: '1', LC_ALL: 'C.UTF-8' },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return plain(stdout);
}

describe('the manual page', () => {
  it('has each command with all of its flags', async () => {
    const page = await tenasManPage();
    const sections = page.split('\n.SS ').slice(1);
    const paths = commandPaths(commandList);
    expect(sections).toHaveLength(paths.length);
    for (const [place, path] of paths.entries()) {
      expect(sections[place]).toMatch(new RegExp(`^"tenas ${path.replaceAll('-', '\\\\-')} `));
    }
    const compare = sections[paths.indexOf('batch compare')]!;
    for (const key of ['kind', 'out', 'resamples', 'force', 'json', 'quiet']) {
      expect(compare).toContain(`.B "${flagName(key).replaceAll('-', '\\-')}`);
    }
  });

  it.skipIf(!groff)(`groff formats it without a warning${groff ? '' : ' (skipped: no groff)'}`, async () => {
    const text = rendered('groff', ['-man', '-Kutf8', '-Tutf8', '-ww', '-rLL=100n'], await tenasManPage());
    for (const path of commandPaths(commandList)) expect(text).toContain(`tenas ${path} `);
    // Quotes, hyphens and lines that begin with a dot stand as they are in the help.
    expect(text).toContain("tenas export --arch '|...|+|...|...|+|...|...|...|' --out net.onnx");
    expect(text).toContain('source <(tenas completion bash)');
    expect(text).toMatch(/130 {2}interrupted \(Ctrl-C\)/);
  });

  it.skipIf(!man)(`man shows it${man ? '' : ' (skipped: no man)'}`, async () => {
    const text = rendered('man', ['-l', '-Tutf8', '-'], await tenasManPage());
    expect(text).toMatch(/^TENAS\(1\)/);
    for (const path of commandPaths(commandList)) expect(text).toContain(`tenas ${path} `);
  });
});
