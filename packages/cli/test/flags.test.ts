import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandList } from '../src/command-list.js';
import { readValues } from '../src/flag-reading.js';
import { decimal, integer, integerList, oneOf, orAlone, share, text, wordList } from '../src/flag-values.js';
import { addToCommand, argument, flag, flagName, repeatedFlag, restArguments, toggle } from '../src/flags.js';

const flags = {
  name: flag('<name>', 'a name', text('a name')),
  ntkMode: flag('<mode>', 'how', oneOf(['batch', 'sample']).default('sample')),
  channels: flag('<n>', 'channels', integer(1, 9).optional(), { group: 'Sizes:', formerly: 'C' }),
  queue: flag('[url]', 'where', orAlone(text('a URL')).optional()),
  pair: repeatedFlag('<a+b>', 'pairs', wordList('words', '+')),
  force: toggle('replace'),
};

function read(argv: string[]) {
  const positionals = { spec: argument('a file', text('a file')), rest: restArguments('others', integer(0)) };
  const command = new Command('test').exitOverride().configureOutput({ outputError: () => {} });
  addToCommand(command, flags, positionals);
  command.action(() => {}).parse(argv, { from: 'user' });
  return readValues(flags, positionals, { options: command.opts(), args: command.processedArgs });
}

describe('flags', () => {
  it('reads every kind of flag and argument through its schema', () => {
    const argv = [
      's',
      '1',
      '2',
      '--name',
      'x',
      '--channels',
      '3',
      '--queue',
      '--pair',
      'a+b',
      '--pair',
      'c',
      '--force',
    ];
    expect(read(argv)).toEqual({
      ...{ spec: 's', rest: [1, 2], name: 'x', ntkMode: 'sample', channels: 3, queue: true },
      ...{ pair: [['a', 'b'], ['c']], force: true },
    });
  });

  it('fills in what was not given', () => {
    expect(read(['s', '1', '--name', 'x'])).toEqual({
      ...{ spec: 's', rest: [1], name: 'x', ntkMode: 'sample', channels: undefined, queue: undefined },
      ...{ pair: [], force: false },
    });
  });

  it.each([
    [['s', '1', '--name', ' '], '--name: got " "; give a name'],
    [['s', '1', '--name', 'x', '--ntk-mode', 'both'], '--ntk-mode: got "both"; give one of batch, sample'],
    [['s', 'x', '--name', 'x'], 'rest: got "x"; give a whole number of at least 0'],
    [['s', '1', '--name', 'x', '--pair', ''], '--pair: got ""; give words'],
    [['s', '1', '--name', 'x', '--C', '0'], '--C: got "0"; give a whole number from 1 to 9'],
    [
      ['s', '1', '--name', 'x', '--C', '1', '--channels', '2'],
      '--C: got "1"; give --channels alone: both are the same',
    ],
    [['s', '1'], "required option '--name <name>' not specified"],
    [['s', '--name', 'x'], "missing required argument 'rest'"],
  ])('%j is refused', (argv, message) => {
    expect(() => read(argv)).toThrow(message);
  });

  it('shows names, defaults and groups in the help', () => {
    const command = new Command('test');
    addToCommand(command, flags, { folder: argument('where', text('a folder').default('here')) });
    const help = command.helpInformation();
    expect(help).toContain('[options] [folder]');
    expect(help).toContain('where (default: here)');
    expect(help).toMatch(/--ntk-mode <mode> +how \(default: sample\)/);
    expect(help).toMatch(/Sizes:\n +--channels <n> +channels\n/);
    expect(help).toMatch(/--force +replace\n/);
  });

  it('reads a flag by the name that it had before, and does not show that name', () => {
    expect(read(['s', '1', '--name', 'x', '--C', '3'])).toMatchObject({ channels: 3 });
    const command = new Command('test');
    addToCommand(command, flags, {});
    expect(command.helpInformation()).not.toContain('--C');
  });

  it('writes flags as people type them', () => {
    expect(['ntkMode', 'C', 'force'].map(flagName)).toEqual(['--ntk-mode', '--C', '--force']);
  });
});

describe('values', () => {
  it.each([
    ['1,2, 4', [1, 2, 4]],
    ['7', [7]],
  ])('%j is a list of whole numbers', (list, values) => {
    expect(integerList(1, 9).parse(list)).toEqual(values);
  });

  it.each([
    [integerList(1, 9), '1,,4', 'whole numbers from 1 to 9, as 1,2,4; item 2 is empty'],
    [integerList(1, 9), '1,', 'whole numbers from 1 to 9, as 1,2,4; item 2 is empty'],
    [wordList('names, as a,b', ','), 'a, ,b', 'names, as a,b; item 2 is empty'],
    [wordList('names, as a+b', '+'), '+b', 'names, as a+b; item 1 is empty'],
    [wordList('names, as a,b', ','), ' ', 'names, as a,b'],
  ])('%# says that an item of %j is empty', (schema, list, message) => {
    expect(schema.safeParse(list).error?.issues[0]?.message).toBe(message);
  });

  it.each(['', '1,x', '0,1', '1,10', '1.5'])('%j is none', (list) => {
    expect(integerList(1, 9).safeParse(list).error?.issues[0]?.message).toBe(
      'whole numbers from 1 to 9, as 1,2,4',
    );
  });

  it('reads numbers in a range, whole or not', () => {
    const values = ['0', '0.5', '.25', '7.', '10'].map((text) => decimal(0, 10).parse(text));
    expect(values).toEqual([0, 0.5, 0.25, 7, 10]);
    for (const bad of ['', ' ', 'x', '-1', '10.5', '1e1', '0x1', 'Infinity', '.']) {
      expect(decimal(0, 10).safeParse(bad).error?.issues[0]?.message).toBe('a number from 0 to 10');
    }
  });

  it('reads shares', () => {
    expect(share().parse('0.9')).toBe(0.9);
    for (const bad of ['0', '1', '', 'x', '-1', 'NaN']) expect(share().safeParse(bad).success).toBe(false);
  });
});

describe('the flags of all commands', () => {
  const entries = commandList.flatMap((node) =>
    node.kind === 'command' ? [node] : [...node.commands, ...(node.own === undefined ? [] : [node.own])],
  );

  it('say what is right, in our words, of whatever they refuse', async () => {
    const refused: string[] = [];
    for (const { name, load } of entries) {
      const { usage } = await load();
      for (const [key, declared] of Object.entries(usage.flags)) {
        if (declared.kind === 'switch') continue;
        for (const given of ['abc', '-1', '1.5', '1e999', '', ' ', 'NaN', '99999999999999999999']) {
          const issue = declared.schema.safeParse(given).error?.issues[0];
          if (issue === undefined) continue;
          refused.push(`${name} --${key}`);
          expect(issue.message, `${name} --${key} ${given}`).not.toMatch(
            /^(Invalid|Too|Unrecognized|Expected|Number must|String must)/,
          );
        }
      }
    }
    expect(new Set(refused).size).toBeGreaterThan(60);
  });

  it('name a port that is none', () => {
    const { error } = orAlone(integer(0, 65_535)).safeParse('abc');
    expect(error?.issues[0]?.message).toBe('a whole number from 0 to 65535');
    expect(orAlone(integer(0, 65_535)).parse(true)).toBe(true);
    expect(orAlone(integer(0, 65_535)).parse('80')).toBe(80);
  });
});
