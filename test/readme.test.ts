import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlockAfter } from '../scripts/code-block.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';

/** Anchors of a page's headings, as GitHub makes them. */
function headingsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');

const library = readFileSync(join(repositoryRoot, 'docs/library.md'), 'utf8');

describe('documentation', () => {
  it('of libraries has an example that runs', () => {
    // Inside node_modules, so that packages resolve as they do for a user.
    const base = join(repositoryRoot, 'node_modules/.cache/tenas');
    mkdirSync(base, { recursive: true });
    const folder = mkdtempSync(join(base, 'readme-'));
    try {
      writeFileSync(join(folder, 'example.mjs'), codeBlockAfter(library, 'library-example'));
      const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toMatch(/\|\w+~0\|\+\|/);
      expect(existsSync(join(folder, 'found.onnx'))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('shows the two commands in README.md', () => {
    expect(readme).toContain('npm run demo');
    expect(readme).toContain('npm test');
  });

  const pages = readdirSync(join(repositoryRoot, 'docs')).filter((name) => name.endsWith('.md'));
  it.each(['README.md', 'CONTRIBUTING.md', ...pages.map((name) => `docs/${name}`)])(
    '%s links to files and headings that are there',
    (name) => {
      const text = readFileSync(join(repositoryRoot, name), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1]!);
      const broken = links.filter((link) => {
        const [path, heading] = link.split('#') as [string, string | undefined];
        const target = path === '' ? join(repositoryRoot, name) : join(repositoryRoot, dirname(name), path);
        return !existsSync(target) || (heading !== undefined && !headingsOf(target).includes(heading));
      });
      expect(broken).toEqual([]);
    },
  );
});
