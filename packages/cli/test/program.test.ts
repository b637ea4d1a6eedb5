import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, group, namedCommand } from '../src/command-tree.js';
import { text } from '../src/flag-values.js';
import { argument, flag } from '../src/flags.js';
import { usage } from '../src/invocation.js';
import type { Io } from '../src/io.js';
import { runCommandLine } from '../src/program.js';
import { settingsFlag, settingsHelp } from '../src/settings-option.js';

const strategies = {
  random: z.object({ samples: z.int().default(5).describe('architectures') }),
  none: z.object({}),
};

const loaded: string[] = [];

const pick = usage({
  flags: {
    strategy: flag('<name>', 'which', text('a name').default('none')),
    set: settingsFlag('a setting'),
  },
  positionals: { file: argument('a file', text('a file').optional()) },
  examples: [
    'tenas pick',
    "tenas pick --strategy random --set samples=9 --set another=long --set third='a b'",
  ],
  details: async ({ strategy = 'none' }, width) => {
    const schema = Object.entries(strategies).find(([name]) => name === strategy)?.[1];
    if (schema === undefined) throw Object.assign(new Error(`no strategy ${strategy}`), { code: 'UNKNOWN' });
    return settingsHelp([{ title: String(strategy), schema }], width);
  },
});

const tree = [
  command(
    'pick',
    'Picks.',
    async () => {
      loaded.push('pick');
      return pick;
    },
    async () => {
      loaded.push('pick runs');
      return async ({ given, io }) => {
        io.out(JSON.stringify(given));
        return 0;
      };
    },
  ),
  group('more', 'More.', [
    command(
      'other',
      'Another.',
      async () => {
        loaded.push('other');
        return usage({ flags: {}, examples: ['tenas more other'] });
      },
      async () => async () => 1,
    ),
  ]),
];

async function run(...argv: string[]) {
  loaded.length = 0;
  let [out, err] = ['', ''];
  const io: Io = {
    out: (written) => {
      out += written;
    },
    err: (written) => {
      err += written;
    },
    ...{ terminal: null, env: {}, signal: new AbortController().signal },
  };
  return { code: await runCommandLine(tree, argv, io), out, err };
}

describe('runCommandLine', () => {
  it('loads only the flags of the command that is named, and its work only to do it', async () => {
    expect((await run('--help')).out).toContain('Picks.');
    expect(loaded).toEqual([]);
    expect((await run('more', '--help')).out).toContain('Another.');
    expect(loaded).toEqual([]);
    await run('pick', '--help');
    expect(loaded).toEqual(['pick']);
    expect((await run('more', 'other')).code).toBe(1);
    expect(loaded).toEqual(['other']);
    expect((await run('pick', '--strategy', '')).code).toBe(2);
    expect(loaded).toEqual(['pick']);
  });

  it('hands the values to the command', async () => {
    const { code, out } = await run('pick', '--strategy', 'random', '--set', 'a=1', '--set', 'b=2', 'help');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      strategy: 'random',
      set: [
        { key: 'a', text: '1' },
        { key: 'b', text: '2' },
      ],
      file: 'help',
    });
    expect(loaded).toEqual(['pick', 'pick runs']);
  });

  it('shows the help that depends on other flags', async () => {
    const { code, out } = await run('pick', '--help', '--strategy', 'random');
    expect(code).toBe(0);
    expect(out).toContain(
      'Settings of random (--set KEY=VALUE):\n  samples  architectures; a whole number (default: 5)\n\nExamples:',
    );
    expect((await run('pick', '-h')).out).toContain('Settings of none: none');
    expect(await run('pick', '--strategy', 'wild', '-h')).toEqual({
      ...{ code: 2, out: '' },
      err: 'error: no strategy wild\n',
    });
    expect((await run('pick', '--strategy', '-h')).err).toContain(
      "option '--strategy <name>' argument missing",
    );
  });

  it('wraps examples so that they can still be copied', async () => {
    expect((await run('pick', '-h')).out).toContain(
      "  $ tenas pick --strategy random --set samples=9 --set another=long \\\n      --set third='a b'\n",
    );
  });
});

describe('namedCommand', () => {
  it.each([
    [[], { path: [], unknown: null, help: false }],
    [['pick', 'other', 'help'], { path: ['pick'], unknown: null, help: false }],
    [['more', 'other'], { path: ['more', 'other'], unknown: null, help: false }],
    [['more', 'help', 'other'], { path: ['more', 'other'], unknown: null, help: true }],
    [['help', 'more'], { path: ['more'], unknown: null, help: true }],
    [['--json', 'pick'], { path: ['pick'], unknown: null, help: false }],
    [['more', 'pick', '-h'], { path: ['more'], unknown: 'pick', help: true }],
  ])('%j', (argv, wanted) => {
    expect(namedCommand(tree, argv)).toMatchObject(wanted);
  });
});
