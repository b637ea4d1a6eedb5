import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { command, requireBuild } from './support/built-command.js';

const folder = temporaryFolder();
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const record = at('../../records/test/fixtures/v1/search-finals.json');
const scores = at('../../evaluation/test/sample-scores.csv');
const table = at('../../evaluation/test/sample-accuracy.csv');

/** Runs a line of bash in which `tenas` is the built command. */
async function bash(line: string): Promise<{ stdout: string; stderr: string }> {
  const definition = `tenas() { ${JSON.stringify(process.execPath)} ${JSON.stringify(command)} "$@"; }`;
  return await promisify(execFile)('bash', ['-c', `set -o pipefail; ${definition}; ${line}`], {
    cwd: folder,
    env: { ...process.env, record, scores, table },
    maxBuffer: 1 << 26,
  });
}

describe.skipIf(process.platform === 'win32')('pipes in the place of files', () => {
  beforeAll(requireBuild);

  it('hold results of any form for a report', async () => {
    await bash('tenas report <(cat "$record") --out one.html && tenas report "$record" --out file.html');
    const page = (name: string) =>
      readFileSync(join(folder, name), 'utf8').replace(/<footer[\s\S]*<\/footer>/, '');
    expect(page('one.html')).toBe(page('file.html'));
    const { stdout } = await bash('cat "$scores" | tenas report /dev/stdin --out csv.html --json');
    expect(JSON.parse(stdout).title).toMatch(/runs/);
  });

  it('hold scores and accuracies', async () => {
    const given = '--resamples 0 --accuracy cifar10_test200 --json';
    const pipes = await bash(`tenas evaluate <(cat "$scores") --table <(cat "$table") ${given}`);
    const files = await bash(`tenas evaluate "$scores" --table "$table" ${given}`);
    expect(JSON.parse(pipes.stdout).results).toEqual(JSON.parse(files.stdout).results);
  });

  it('hold a record to export', async () => {
    const { stdout } = await bash(
      'tenas export --record /dev/stdin --channels 4 --cells 1 --out net.onnx --json < <(cat "$record")',
    );
    expect(JSON.parse(stdout).genotype).toBe(JSON.parse(readFileSync(record, 'utf8')).genotype);
  });
});

describe.skipIf(process.platform === 'win32')('standard input that is open for writing alone', () => {
  beforeAll(requireBuild);

  it.each([
    ['score --stdin --metrics params', ''],
    ['score --arch - --metrics params', '--arch: '],
    ['report /dev/stdin --out written.html', 'results: '],
  ])('is named: tenas %s', async (line, flag) => {
    await expect(bash(`tenas ${line} 0> written`)).rejects.toMatchObject({
      code: 3,
      stderr: `error: ${flag}EBADF: bad file descriptor, read '/dev/stdin'\n`,
    });
  });
});

describe.skipIf(process.platform === 'win32')('a folder in the place of a stream', () => {
  beforeAll(requireBuild);

  it.each([
    ['score --stdin --metrics params < .', 2, 'error: standard input is a folder; give a file\n'],
    ['score --arch - --metrics params < .', 2, 'error: standard input is a folder; give a file\n'],
    ['systems 1< .', 3, "error: standard output can't be written: EBADF: bad file descriptor, write\n"],
  ])('is refused: tenas %s', async (line, code, stderr) => {
    await expect(bash(`tenas ${line}`)).rejects.toMatchObject({ code, stderr });
  });
});
