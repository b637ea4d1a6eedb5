import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listMetrics } from '@tenas/metrics';
import { listStrategies } from '@tenas/search';
import { SPACE_NAMES } from '@tenas/spaces/definitions';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { commandList } from '../src/command-list.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
/** What the function for bash offers. */
const OFFERS = `"\${COMPREPLY[@]}"`;
const metrics = listMetrics().map(({ name }) => name);
const strategies = listStrategies().map(({ name }) => name);

function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** How each shell is asked what it offers for the last of some words. */
const asking: Readonly<Record<string, (script: string, words: readonly string[]) => string[]>> = {
  bash: (script, words) => [
    '-c',
    `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tenas; printf "%s\\n" ${OFFERS}`,
    script,
    ...words,
  ],
  zsh: (script, words) => [
    '-fc',
    `autoload -U compinit; compinit -D -u; source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); setopt ksharrays shwordsplit; _tenas; print -l -- ${OFFERS}`,
    script,
    ...words,
  ],
  fish: (script, words) => ['--no-config', '-c', `source ${script}; complete -C '${words.join(' ')}'`],
};

describe.each(Object.keys(asking))('tenas completion %s', (shell) => {
  const known = has(shell);
  const script = join(folder, `tenas.${shell}`);

  beforeAll(async () => {
    const { code, out } = await tenas(['completion', shell]);
    expect(code).toBe(0);
    writeFileSync(script, out);
  });

  async function offered(...words: string[]): Promise<string[]> {
    const args = asking[shell]!(script, ['tenas', ...words]);
    const { stdout, stderr } = await promisify(execFile)(shell, args, { cwd: folder });
    expect(stderr).toBe('');
    return stdout
      .split('\n')
      .map((line) => line.split('\t')[0]!)
      .filter((line) => line !== '');
  }

  it.skipIf(!known)(`offers commands${known ? '' : ` (skipped: no ${shell})`}`, async () => {
    expect((await offered('')).toSorted()).toEqual(commandList.map(({ name }) => name).toSorted());
    expect((await offered('s')).toSorted()).toEqual(['score', 'search', 'study', 'systems']);
    expect((await offered('data', '')).toSorted()).toEqual(['fetch', 'info', 'table']);
    expect(await offered('latency', 't')).toEqual(['table']);
  });

  it.skipIf(!known)(`offers flags of the command${known ? '' : ` (skipped: no ${shell})`}`, async () => {
    expect((await offered('score', '--st')).toSorted()).toEqual(['--stdin']);
    expect(await offered('batch', 'run', 'spec.yaml', '--dry')).toEqual(['--dry-run']);
    expect(await offered('search', '--seed', '3', '--jso')).toEqual(['--json']);
    expect(await offered('report', '--seed')).toEqual([]);
  });

  it.skipIf(!known)(`offers names${known ? '' : ` (skipped: no ${shell})`}`, async () => {
    expect(await offered('search', '--space', '')).toEqual(expect.arrayContaining([...SPACE_NAMES]));
    expect((await offered('search', '--strategy', '')).toSorted()).toEqual(strategies.toSorted());
    expect((await offered('search', '--protocol', '')).toSorted()).toEqual(
      ['fast', 'paper', 'repo', 'te-nas-finals'].toSorted(),
    );
    expect(await offered('train', '--dataset', 'cifar100')).toEqual(['cifar100']);
    expect(await offered('data', 'fetch', 'cifar100')).toEqual(['cifar100']);
    expect(await offered('score', '--metrics', '')).toEqual(expect.arrayContaining(metrics));
    expect(await offered('score', '--metrics', 'params,syn')).toEqual(['params,synflow']);
    expect(await offered('completion', 'z')).toEqual(['zsh']);
  });

  it.skipIf(!known)(`offers files and folders${known ? '' : ` (skipped: no ${shell})`}`, async () => {
    writeFileSync(join(folder, 'some record.json'), '');
    expect(await offered('export', '--record', 'some')).toEqual(['some record.json']);
    expect(await offered('report', 'some')).toHaveLength(1);
    expect(await offered('search', '--data', 'some')).toEqual([]);
    expect(await offered('search', '--seed', 'some')).toEqual([]);
  });

  it.skipIf(!known)(
    `offers files of spaces beside names${known ? '' : ` (skipped: no ${shell})`}`,
    async () => {
      mkdirSync(join(folder, 'own', 'inner'), { recursive: true });
      const inOwn = ['own/chain.yaml', 'own/chain.json', 'own/chain.mjs', 'own/two words.yml'];
      for (const file of [...inOwn, 'own/notes.txt', 'own/model.onnx', 'darker.yaml'])
        writeFileSync(join(folder, file), '');
      expect((await offered('search', '--space', 'dar')).toSorted()).toEqual([
        'darker.yaml',
        'darts',
        'darts-frc',
      ]);
      const slashless = (await offered('search', '--space', 'own/')).map((path) => path.replace(/\/$/, ''));
      expect(slashless.toSorted()).toEqual([...inOwn, 'own/inner'].toSorted());
      expect(await offered('score', '--space', 'own/chain.y')).toEqual(['own/chain.yaml']);
      expect(await offered('info', '--space', './own/chain.m')).toEqual(['./own/chain.mjs']);
    },
  );
});

it('bash takes --flag=value apart', async () => {
  const script = join(folder, 'tenas.bash');
  const line = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tenas; echo ${OFFERS}`;
  const run = (...words: string[]) =>
    execFileSync('bash', ['-c', line, script, ...words], { encoding: 'utf8' });
  expect(run('tenas', 'export', '--format', '=', 'py').trim()).toBe('pytorch');
  expect(run('tenas', 'export', '--format', '=').trim()).toBe('onnx pytorch');
});

it('names shells that it has', async () => {
  const { code, err } = await tenas(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(err).toContain('shell: got "tcsh"; give one of bash, zsh, fish');
});
