import { describe, expect, it } from 'vitest';
import { commandList } from '../src/command-list.js';
import { tenas } from './support/run-in-process.js';

const commands = commandList.flatMap((node) => {
  if (node.kind === 'command') return [[node.name]];
  const below = node.commands.map(({ name }) => [node.name, name]);
  return node.own === undefined ? below : [[node.name], ...below];
});

describe('help and version', () => {
  it('knows all commands', () => {
    expect(commands).toHaveLength(31);
  });

  it.each(commands)('%s %s explains itself with examples and exit codes', async (...words) => {
    const { code, out, err } = await tenas([...words.filter((word) => word !== undefined), '--help']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: tenas ${words.join(' ')}`);
    expect(out).toContain(`$ tenas ${words.join(' ')}`);
    expect(out).toContain('--json');
    expect(out).toContain('130  interrupted');
  });

  it.each([[], ['batch'], ['data'], ...commands])('%s %s: help fits the terminal', async (...words) => {
    for (const columns of [80, 100]) {
      const { out } = await tenas([...words.filter((word) => word !== undefined), '--help'], { columns });
      const lengths = out.split('\n').map((line) => line.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(columns);
    }
  });

  it('wraps at 80 columns without a terminal, and wider on a wide one', async () => {
    const { out } = await tenas(['search', '--help']);
    expect(out).toBe((await tenas(['search', '--help'], { columns: 80 })).out);
    const wide = (await tenas(['search', '--help'], { columns: 200 })).out;
    expect(wide.split('\n').length).toBeLessThan(out.split('\n').length);
  });

  it.each([
    [['help', 'batch', 'run'], 'Usage: tenas batch run'],
    [['batch', 'help', 'run'], 'Usage: tenas batch run'],
    [['help', 'search'], 'Usage: tenas search'],
    [['help'], 'Usage: tenas [options]'],
    [['batch', 'help'], 'Usage: tenas batch [options]'],
    [['latency', 'help'], 'Usage: tenas latency [options]'],
    [['latency', 'help', 'table'], 'Usage: tenas latency table [options]'],
    [['help', 'latency', 'table'], 'Usage: tenas latency table [options]'],
    [['-h', 'score'], 'Usage: tenas score'],
  ])('%j prints a help', async (argv, usage) => {
    const { code, out, err } = await tenas(argv);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(usage);
  });

  it('lists the commands', async () => {
    const { code, out } = await tenas(['--help']);
    expect(code).toBe(0);
    for (const command of ['search', 'score', 'export', 'check', 'data', 'info']) {
      expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    }
  });

  it('prints the version', async () => {
    expect(await tenas(['--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });

  it('shows help on standard error where there is no command', async () => {
    for (const argv of [[], ['data']]) {
      const { code, out, err } = await tenas(argv);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(err).toContain('Usage: tenas');
    }
  });
});

describe('a mistyped flag beside --help', () => {
  it.each([
    [['search', '--bogus', '--help']],
    [['evaluate', '--help', '--bogus']],
    [['batch', 'run', '-h', '--bogus=3', '--threads', '2']],
    [['latency', 'table', '--bogus', '--help']],
    [['--help', '--bogus']],
    [['batch', '--bogus', '--help']],
  ])('%j is an error', async (argv) => {
    const { code, out, err } = await tenas(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain("unknown option '--bogus");
  });

  it.each([
    [['search', '--strategy', 'evolution', '--set', 'a=-1', '--json', '--quiet', '--help']],
    [['batch', 'results', '--sort', '--help']],
    [['batch', 'watch', '--serve', '--help']],
    [['--help', '--version']],
  ])('%j has none', async (argv) => {
    expect((await tenas(argv)).code).toBe(0);
  });
});

describe('usage errors', () => {
  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['search', '--sed', '1'], "unknown option '--sed'"],
    [['score'], 'give --arch, an architecture, --onnx, a file with a network, or --stdin'],
    [['export', '--out', 'net.onnx'], 'give --arch, --record or --onnx'],
    [['evaluate', 'x'], 'give --table, a CSV of accuracies, or --device-table, one of latencies'],
    [['check'], "missing required argument 'files'"],
    [['info', 'extra'], 'too many arguments'],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await tenas(argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(`error: ${message}`);
    expect(err).toContain('--help');
    expect(err.trim().split('\n').length).toBeLessThanOrEqual(2);
  });

  it.each([
    [['search', '--seed', '-1'], '--seed', '-1', 'a whole number of at least 0'],
    [['search', '--seed', '1e3'], '--seed', '1e3', 'a whole number'],
    [['search', '--threads', '0'], '--threads', '0', 'a whole number from 1 to 1024'],
    [['search', '--protocol', 'slow'], '--protocol', 'slow', 'one of fast, te-nas-finals, paper, repo'],
    [['search', '--ntk-mode', 'both'], '--ntk-mode', 'both', 'one of batch, sample'],
    [['search', '--dataset', 'mnist'], '--dataset', 'mnist', 'one of cifar10'],
    [['score', '--arch', 'x', '--repeats', 'many'], '--repeats', 'many', 'a whole number'],
    [['export', '--arch', 'x', '--out', 'y', '--channels', '0'], '--channels', '0', 'a whole number from 1'],
    [['data', 'fetch', 'cifar'], 'dataset', 'cifar', 'one of cifar10, cifar100'],
    [['worker', '--queue', 'redis://x', '--data', 'cifar10'], '--data', 'cifar10', 'NAME=FOLDER'],
    [['check', 'x', '--engine', 'slow'], '--engine', 'slow', 'one of fast, reference'],
    [['search', '--metrics', 'a,,b'], '--metrics', 'a,,b', 'names of metrics, as a,b; item 2 is empty'],
    [
      ['bench', '--threads', '1,'],
      '--threads',
      '1,',
      'whole numbers from 1 to 1024, as 1,2,4; item 2 is empty',
    ],
  ])('%j names the flag, the value and what would be right', async (argv, flag, value, wanted) => {
    const text = await tenas(argv);
    expect(text.code).toBe(2);
    expect(text.out).toBe('');
    expect(text.err).toContain(`error: ${flag}: got ${JSON.stringify(value)}; give ${wanted}`);

    const json = await tenas([...argv, '--json']);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.out)).toEqual({
      error: { code: 'OPTION_INVALID', message: expect.stringContaining(wanted), field: flag, value },
    });
  });

  it.each([
    [['serach'], "unknown command 'serach' (Did you mean search?); see `tenas --help`"],
    [['serach', '--help'], "unknown command 'serach' (Did you mean search?); see `tenas --help`"],
    [['help', 'serach'], "unknown command 'serach' (Did you mean search?); see `tenas --help`"],
    [['batch', 'rnu', '-h'], "unknown command 'rnu' (Did you mean run?); see `tenas batch --help`"],
    [
      ['search', '--sed', '1'],
      "unknown option '--sed' (Did you mean one of --seed, --set?); see `tenas search --help`",
    ],
  ])('%j: the hint is one line and repeats no mistyped word', async (argv, message) => {
    expect(await tenas(argv)).toEqual({ code: 2, out: '', err: `error: ${message}\n` });
  });

  it.each([
    [['search', '--resume', '/nowhere.json'], '--resume'],
    [['export', '--record', '/nowhere.json', '--out', 'x'], '--record'],
    [['export', '--arch', '8:8:8:8:8', '--weights', '/nowhere.json', '--out', 'x'], '--weights'],
    [['train', '--record', '/nowhere.json', '--out', 'x'], '--record'],
    [['report', '/nowhere.json'], 'results'],
    [['evaluate', '/nowhere.json', '--table', 'x'], 'scores'],
    [['batch', 'run', '/nowhere.json'], 'spec'],
    [['batch', 'run', '/nowhere.json', '--dry-run'], 'spec'],
  ])('%j names the flag or argument of a file that is missing', async (argv, field) => {
    const { code, out, err } = await tenas([...argv, '--json']);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^error: ${field}: /nowhere\\.json.*no such file`));
    expect(JSON.parse(out)).toMatchObject({ error: { field, value: '/nowhere.json' } });
  });

  it('names the flag of a file that is a folder', async () => {
    const { code, err } = await tenas(['search', '--resume', '/']);
    expect([code, err]).toEqual([2, 'error: --resume: / is a folder; give a file\n']);
  });

  it('prints one JSON document for usage errors too', async () => {
    const { code, out } = await tenas(['search', '--nonsense', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: { code: 'USAGE', message: expect.stringContaining('--nonsense') },
    });
  });

  it('points into an architecture that cannot be read', async () => {
    const { code, err } = await tenas([
      'score',
      '--arch',
      '|nor_conv_3x3~0|+|oops~0|none~1|+|none~0|none~1|none~2|',
    ]);
    expect(code).toBe(2);
    expect(err).toContain('oops');
    expect(err).not.toContain('    at ');
  });

  it.each([
    [['--opset', '12'], '--opset', 'a whole number from 17 to 24'],
    [['--input-size', '33'], '--input-size', 'multiples of 4'],
  ])('export: names the flag %j where another package refuses its value', async (argv, flag, wanted) => {
    const arch = '|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|';
    const { code, out } = await tenas(['export', '--arch', arch, '--out', 'y', ...argv, '--json']);
    expect(code).toBe(2);
    const { error } = JSON.parse(out);
    expect(error.field).toBe(flag);
    expect(error.message).toMatch(new RegExp(`^${flag}: .*${wanted}`));
  });

  it('names the known spaces', async () => {
    const { code, err } = await tenas(['score', '--space', 'nasnet', '--arch', 'x']);
    expect(code).toBe(2);
    expect(err).toContain('nas-bench-201, darts');
  });

  it('adds a stack trace with TENAS_DEBUG only', async () => {
    const argv = ['score', '--space', 'nasnet', '--arch', 'x'];
    expect((await tenas(argv)).err).not.toContain('    at ');
    expect((await tenas(argv, { env: { TENAS_DEBUG: '1' } })).err).toContain('    at ');
  });
});

describe('info', () => {
  it('counts what the choices of a space allow where its architectures have no numbers', async () => {
    const { out } = await tenas(['info', '--space', 'darts-frc']);
    expect(out).toMatch(/^architectures {2}at most 1,037,664,180, e\.g\. Genotype\(normal=/m);
    expect((await tenas(['info', '--space', 'darts'])).out).toContain('architectures  more than 2^32, e.g.');
  });

  it('prints one JSON document', async () => {
    const { code, out, err } = await tenas(['info', '--json']);
    expect(code).toBe(0);
    expect(err).toBe('');
    const document = JSON.parse(out);
    expect(document.engine.availableIsas).toContain(document.engine.isa);
    expect(document.engine.cuda.reason).toEqual(expect.any(String));
    expect(document.spaces.map(({ name }: { name: string }) => name)).toEqual([
      'nas-bench-201',
      'darts',
      'darts-frc',
      'nats-size',
      'nas-bench-101',
      'nas-bench-macro',
      'mnasnet',
      'hurricane',
      'proxylessnas',
      'fbnet',
      'mobilenet-v2',
      'pnas',
    ]);
    expect(document.datasets).toContain('synthetic');
  });

  it('prints text for people', async () => {
    const { out } = await tenas(['info']);
    expect(out).toMatch(/^tenas {5}0\.1\.0, Node /);
    expect(out).toContain('nas-bench-201 (6 decisions, 15,625 architectures)');
  });
});
