import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { command, requireBuild } from './support/built-command.js';

const folder = temporaryFolder();
const CELL = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|';
const SMALL = ['--arch', CELL, '--channels', '4', '--cells', '1'];

beforeAll(() => {
  requireBuild();
  writeSpec(folder, 'spec', `score: {architectures: ["${CELL}"], seeds: [0], ${tiny}}`);
});

/** Runs the built command; a variable that is undefined is not set. */
function tenas(args: readonly string[], env: NodeJS.ProcessEnv): { code: number | null; err: string } {
  // Programs keep quiet about themselves where CI is set.
  const variables = { ...process.env, CI: undefined, GITHUB_ACTIONS: undefined, ...env };
  const { status, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd: folder,
    env: variables,
    encoding: 'utf8',
  });
  return { code: status, err: stderr };
}

/** Commands that write, or that work for long; OUT is a new folder. */
const COMMANDS: readonly (readonly string[])[] = [
  ['search', '--protocol', 'fast', '--repeats', '1', '--ntk-batch', '4', '--region-batches', '1'].concat([
    '--region-batch',
    '40',
    '--finals',
    '0',
    '--quiet',
    '--out',
    'OUT',
  ]),
  ['batch', 'run', 'spec.yaml', '--out', 'OUT', '--log-level', 'silent', '--quiet'],
  ['export', ...SMALL, '--check', '--out', 'OUT/net.onnx'],
  ['train', ...SMALL, '--images', '64', '--epochs', '1', '--quiet', '--out', 'OUT'],
  ['latency', ...SMALL, '--runs', '20', '--quiet'],
  [
    'bench',
    '--arch',
    CELL,
    '--channels',
    '4',
    '--batch',
    '4',
    '--evaluations',
    '1',
    '--repetitions',
    '2',
  ].concat(['--threads', '1', '--quiet']),
];

/** Homes that hold nothing and into which nothing can be written. */
const HOMES: readonly (readonly [what: string, env: NodeJS.ProcessEnv])[] = [
  ['no home', { HOME: undefined, XDG_CONFIG_HOME: undefined, XDG_CACHE_HOME: undefined }],
  ['a home that is a device', { HOME: '/dev/null', XDG_CONFIG_HOME: '/dev/null', XDG_CACHE_HOME: 'here' }],
];

describe.skipIf(process.platform === 'win32')('a home', () => {
  it.each(COMMANDS.map((argv) => [argv.slice(0, 2).join(' '), argv] as const))(
    'is not written to by tenas %s, and not needed',
    (_name, argv) => {
      const home = mkdtempSync(join(folder, 'home-'));
      const given = () => argv.map((word) => word.replace('OUT', mkdtempSync(join(folder, 'out-'))));
      // What a machine whose other work disturbs a measurement is told is no message of the home.
      const lines = (err: string) =>
        err.split('\n').filter((line) => !/^(note: the load average .*)?$/.test(line));
      const usual = tenas(given(), { HOME: home, XDG_CACHE_HOME: undefined, XDG_CONFIG_HOME: undefined });
      expect(usual).toMatchObject({ code: 0 });
      expect(readdirSync(home)).toEqual([]);
      for (const [what, env] of HOMES) {
        const { code, err } = tenas(given(), env);
        expect([what, code, lines(err)]).toEqual([what, 0, lines(usual.err)]);
      }
    },
  );
});
