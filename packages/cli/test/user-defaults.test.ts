import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { readValues } from '../src/flag-reading.js';
import { integer, text } from '../src/flag-values.js';
import { flag, repeatedFlag, toggle } from '../src/flags.js';
import { imageFlags, optionalSpaceFlag, threadsFlag } from '../src/shared-flags.js';
import { withDefaults } from '../src/user-defaults.js';
import { tenas } from './support/run-in-process.js';

const home = temporaryFolder();
const flags = {
  threads: threadsFlag('threads'),
  repeats: flag('<n>', 'repeats', integer(1).default(3)),
  out: flag('<dir>', 'folder', text('a folder').default('out')),
  set: repeatedFlag('<key=value>', 'settings', text('a setting')),
  force: toggle('replace'),
  space: optionalSpaceFlag('all'),
  ...imageFlags,
};
const known = ['score', 'search', 'batch run'];

let count = 0;

/** A home with a file of settings. */
function homeWith(settings: string | null, name = 'config.json'): Record<string, string> {
  const folder = join(home, String(count++));
  mkdirSync(join(folder, 'tenas'), { recursive: true });
  if (settings !== null) writeFileSync(join(folder, 'tenas', name), settings);
  return { HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
}

async function values(options: Record<string, unknown>, env: Record<string, string>) {
  const { quiet, ...found } = await withDefaults({ path: 'score', known, flags }, { options, args: [] }, env);
  return { quiet, ...readValues(flags, {}, found) };
}

describe('what stands for flags that are not given', () => {
  const general = '{"threads": 5, "score": {"threads": 4, "repeats": 7}}';
  it.each([
    [{ threads: '1' }, { TENAS_THREADS: '2' }, general, 1],
    [{}, { TENAS_THREADS: '2' }, general, 2],
    [{}, { TENAS_THREADS: '' }, general, 4],
    [{}, {}, general, 4],
    [{}, {}, '{"threads": 5, "search": {"threads": 4}}', 5],
    [{}, {}, '{}', undefined],
    [{}, {}, null, undefined],
  ] as const)('--threads of %j, %j, %s is %s', async (options, env, settings, wanted) => {
    expect((await values(options, { ...homeWith(settings), ...env })).threads).toBe(wanted);
  });

  it('is read from YAML, too, with lists, switches and text', async () => {
    const env = homeWith(
      'score:\n  out: runs\n  set: [a=1, b=2]\n  force: true\nquiet: true\n',
      'config.yaml',
    );
    expect(await values({}, env)).toMatchObject({
      ...{ out: 'runs', set: ['a=1', 'b=2'], force: true, quiet: true, repeats: 3 },
    });
    expect(await values({ set: ['c=3'], out: 'x' }, env)).toMatchObject({ out: 'x', set: ['c=3'] });
  });

  it('is a folder of datasets for a dataset that is named', async () => {
    const folder = join(home, 'datasets');
    mkdirSync(join(folder, 'imagenet-1k'), { recursive: true });
    const other = join(home, 'elsewhere');
    mkdirSync(other);
    const env = { ...homeWith(JSON.stringify({ data: other })), TENAS_DATA: folder };
    const data = async (options: Record<string, unknown>, used: Record<string, string> = env) =>
      (await values(options, used)).data;
    expect(await data({ dataset: 'cifar10' })).toBe(folder);
    expect(await data({ dataset: 'imagenet-1k' })).toBe(join(folder, 'imagenet-1k'));
    expect(await data({ dataset: 'cifar10', data: 'mine' })).toBe('mine');
    expect(await data({})).toBeUndefined();
    expect(await data({ dataset: 'folder' })).toBeUndefined();
    expect(await data({ dataset: 'synthetic' })).toBeUndefined();
    const { TENAS_DATA: _, ...configured } = env;
    expect(await data({ dataset: 'cifar10' }, configured)).toBe(other);
    const bare = homeWith(null);
    expect(await data({ dataset: 'cifar10' }, bare)).toBeUndefined();
    mkdirSync(join(bare.XDG_CACHE_HOME!, 'tenas'), { recursive: true });
    expect(await data({ dataset: 'cifar10' }, bare)).toBe(join(bare.XDG_CACHE_HOME!, 'tenas'));
  });

  it('is refused by the name of the variable or setting where the folder of datasets is missing', async () => {
    const absent = join(home, 'absent');
    const wanted = `got ${JSON.stringify(absent)}; give a folder that is there, with the datasets in it`;
    const env = { ...homeWith(null), TENAS_DATA: absent };
    await expect(values({ dataset: 'cifar10' }, env)).rejects.toThrow(`TENAS_DATA: ${wanted}`);
    const configured = homeWith(JSON.stringify({ data: absent }));
    await expect(values({ dataset: 'cifar10' }, configured)).rejects.toThrow(`config.json: data: ${wanted}`);
    // Nothing is asked of a folder that is not needed.
    expect((await values({ dataset: 'cifar10', data: 'mine' }, env)).data).toBe('mine');
    expect((await values({ dataset: 'synthetic' }, env)).data).toBeUndefined();
    expect((await values({}, env)).data).toBeUndefined();
  });

  it.each([
    ['{"thraeds": 2}', /config\.json: thraeds: no such setting; did you mean threads\?$/],
    ['{"scroe": {}}', /scroe: no such setting; did you mean score\?$/],
    ['{"score": {"repeat": 2}}', /score\.repeat: no such setting; did you mean repeats\?$/],
    ['{"score": 2}', /config\.json: score: give flags by name/],
    ['{"score": {"force": "yes"}}', /score\.force: give true or false/],
    ['{"score": {"out": {}}}', /score\.out: give a number, a text/],
    ['{"threads": "many"}', /config\.json: threads: got "many"; give a whole number/],
    ['{"score": {"repeats": 0}}', /config\.json: score\.repeats: got "0"; give a whole number/],
    ['[]', /settings by name/],
    ['{', /config\.json/],
  ])('%s is refused by name', async (settings, problem) => {
    await expect(values({}, homeWith(settings))).rejects.toThrow(problem);
  });

  it('names the variable that is wrong', async () => {
    await expect(values({}, { TENAS_THREADS: 'x' })).rejects.toThrow('TENAS_THREADS: got "x"');
  });
});

describe('the command', () => {
  const argv = ['search', '--strategy', 'random', '--metrics', 'params', '--set', 'samples=2'];

  it('takes defaults from the file of settings, and says nothing under --quiet', async () => {
    const out = join(home, 'runs');
    const env = homeWith(JSON.stringify({ search: { out, seed: 8 } }));
    const found = await tenas([...argv, '--json'], { env });
    expect(found.code, found.err).toBe(0);
    expect(JSON.parse(found.out)).toMatchObject({ seed: 8, record: expect.stringContaining(out) });
    expect(found.err).not.toBe('');
    const quiet = await tenas([...argv, '--quiet'], { env });
    expect(quiet).toMatchObject({ code: 0, err: '' });
    const wrong = await tenas([...argv, '--quiet', '--seed', 'x'], { env });
    expect(wrong).toMatchObject({
      code: 2,
      err: 'error: --seed: got "x"; give a whole number of at least 0\n',
    });
  });

  it('leaves out a setting that the chosen strategy has no flag for', async () => {
    const env = homeWith('{"search": {"repeats": 2}}');
    expect(await tenas([...argv, '--quiet'], { env })).toMatchObject({ code: 0, err: '' });
    const own = homeWith(
      '{"search": {"repeats": 2, "strategy": "random", "metrics": "params", "set": "samples=2"}}',
    );
    expect(await tenas(['search', '--quiet'], { env: own })).toMatchObject({ code: 0, err: '' });
    const typed = await tenas([...argv, '--repeats', '2'], { env });
    expect(typed).toMatchObject({ code: 2, err: expect.stringMatching(/^error: --repeats: got "2"/) });
    const pruned = await tenas(['search', '--quiet'], { env: homeWith('{"search": {"repeats": "x"}}') });
    expect(pruned).toMatchObject({ code: 2, err: expect.stringContaining('repeats: got "x"') });
  });

  it('refuses TENAS_CONFIG where its file is missing, and reads an empty one', async () => {
    const missing = join(home, 'nowhere.yaml');
    const { code, err } = await tenas(['info'], { env: { TENAS_CONFIG: missing } });
    expect({ code, err }).toEqual({
      code: 2,
      err: `error: TENAS_CONFIG: give a file that is there; ${missing} is not\n`,
    });
    for (const text of ['', '# threads: 4\n']) {
      const file = join(home, 'empty.yaml');
      writeFileSync(file, text);
      expect(await tenas(['info'], { env: { TENAS_CONFIG: file } })).toMatchObject({ code: 0, err: '' });
    }
  });

  it('refuses TENAS_QUIET where it is no switch', async () => {
    const wrong = await tenas([...argv], { env: { TENAS_QUIET: 'yes' } });
    expect(wrong).toMatchObject({ code: 2, err: 'error: TENAS_QUIET: got "yes"; give 1 or 0\n' });
    expect(await tenas(argv, { env: { TENAS_QUIET: '1' } })).toMatchObject({ code: 0, err: '' });
  });

  it('refuses a file of settings with exit code 2', async () => {
    const { code, err } = await tenas(argv, { env: homeWith('{"serach": {}}') });
    expect(code).toBe(2);
    expect(err).toMatch(/config\.json: serach: no such setting; did you mean search\?\n$/);
  });

  it('has both short names of --version', async () => {
    const long = await tenas(['--version']);
    expect(await tenas(['-v'])).toEqual(long);
    expect(await tenas(['-V'])).toEqual(long);
  });
});
