import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlockAfter } from '../scripts/readme-example.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');

describe('README', () => {
  it('has a library example that runs', () => {
    // Inside node_modules, so that packages resolve as they do for a user.
    const base = join(repositoryRoot, 'node_modules/.cache/tenas');
    mkdirSync(base, { recursive: true });
    const folder = mkdtempSync(join(base, 'readme-'));
    try {
      writeFileSync(join(folder, 'example.mjs'), codeBlockAfter(readme, 'library-example'));
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

  it('shows the two commands', () => {
    expect(readme).toContain('npm run demo');
    expect(readme).toContain('npm test');
  });

  it.each(['README.md', 'CONTRIBUTING.md', 'docs/cli.md', 'docs/architecture.md', 'docs/protocols.md'])(
    '%s links to files that are there',
    (name) => {
      const text = readFileSync(join(repositoryRoot, name), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
      const broken = links.filter((link) => !existsSync(join(repositoryRoot, dirname(name), link)));
      expect(broken).toEqual([]);
    },
  );
});
