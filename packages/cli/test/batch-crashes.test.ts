import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { exported, jobCounts, writeSpec } from './support/batch-results.js';
import { requireBuild, start, startNode } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';

const folder = temporaryFolder();
const native = new URL('../../../native/dist/index.js', import.meta.url).href;

beforeAll(requireBuild);

/** Runs code in a process that marks its crashes. @param signal sent by this process once it is ready */
async function marked(code: string, { signal = null as NodeJS.Signals | null, args = [] as string[] } = {}) {
  const place = temporaryFolder();
  const mark = join(place, 'mark');
  const script = `const { markCrashes } = await import(${JSON.stringify(native)});
    const end = markCrashes(${JSON.stringify(mark)}); console.error('ready'); ${code}`;
  const { child, ended, says } = startNode([...args, '--input-type=module', '-e', script], folder);
  if (signal !== null) {
    await says('ready');
    child.kill(signal);
  }
  const { code: exit, out } = await ended;
  return { exit, signal: child.signalCode, mark: readdirSync(place).length === 1, out };
}

describe('a mark of a crash', () => {
  it.each(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGFPE', 'SIGILL', 'SIGTRAP'] as const)(
    'is left by %s of the process itself, and not by that of another one',
    async (signal) => {
      const own = await marked(`process.kill(process.pid, '${signal}'); setTimeout(() => {}, 60_000);`);
      expect(own).toMatchObject({ signal, mark: true });
      expect(await marked('setTimeout(() => {}, 600_000);', { signal })).toMatchObject({
        signal,
        mark: false,
      });
    },
  );

  it('is left by an abort and by a heap that is full, not after its end', async () => {
    expect(await marked('process.abort();')).toMatchObject({ signal: 'SIGABRT', mark: true });
    const full = 'const kept = []; for (;;) kept.push(Array.from({ length: 1000 }, () => ({})));';
    expect(await marked(full, { args: ['--max-old-space-size=20'] })).toMatchObject({
      exit: null,
      mark: true,
    });
    expect(await marked('end(); process.abort();')).toMatchObject({ signal: 'SIGABRT', mark: false });
    expect(await marked('')).toMatchObject({ exit: 0, mark: false });
  });

  it('is left by a stack that overflows', () => {
    const mark = join(temporaryFolder(), 'mark');
    const endless = `const { markCrashes } = await import(${JSON.stringify(native)});
      markCrashes(${JSON.stringify(mark)}); const f = (n) => n + f(n + 1); f(0);`;
    // JavaScript is told of more than there is, and does not see the end.
    const own = ['--stack-size=1000000', '--input-type=module', '-e', endless];
    const limited = ['-c', 'ulimit -S -s 4096 && exec "$0" "$@"', process.execPath, ...own];
    expect(spawnSync('sh', limited).signal).toBe('SIGSEGV');
    expect(readFileSync(mark, 'utf8')).toBe('SIGSEGV');
  });

  it('is not left by a bad access of WebAssembly, which is an exception', async () => {
    // (module (memory 1) (func (export "f") (drop (i32.load (i32.const -4)))))
    const bytes = '0061736d01000000010401600000030201000503010001070501016600000a0a010800417c2802001a0b';
    const code = `const { instance } = await WebAssembly.instantiate(Buffer.from('${bytes}', 'hex'));
      try { instance.exports.f(); } catch (error) { console.log(error.name); }`;
    expect(await marked(code)).toMatchObject({ exit: 0, out: 'RuntimeError\n', mark: false });
  });
});

/** Counts parameters, and ends its process where TENAS_DEADLY has their number, by what TENAS_DEATH says. */
const deadly = `import { z } from 'zod';
export default {
  name: 'deadly', title: 'parameters', better: 'higher', least: 0, paper: '', needs: [], settings: z.strictObject({}),
  count({ cost }) {
    if (process.env.TENAS_DEADLY === String(cost.params)) {
      if (process.env.TENAS_DEATH === 'exit') process.exit(7);
      process.abort();
    }
    return cost.params;
  },
};
`;

describe('a job that', () => {
  const cells = ['nor_conv_3x3', 'nor_conv_1x1', 'skip_connect', 'avg_pool_3x3'].map(
    (op, place) =>
      `|${op}~0|+|none~0|${place > 2 ? 'nor_conv_1x1' : op}~1|+|skip_connect~0|none~1|nor_conv_3x3~2|`,
  );
  let spec: string;
  let params: number[];
  const run = (out: string, env: NodeJS.ProcessEnv = {}) =>
    start(['batch', 'run', spec, '--out', out], folder, env);

  beforeAll(async () => {
    writeFileSync(join(folder, 'deadly.mjs'), deadly);
    const text = {
      score: { architectures: cells, metrics: ['./deadly.mjs'], repeats: 1, isomorphic: 'each' },
    };
    spec = writeSpec(folder, 'deadly', JSON.stringify(text));
    expect(await run('healthy').ended).toMatchObject({ code: 0 });
    const rows = (await exported('healthy', folder)) as {
      result: { scores: { deadly: { value: number } } };
    }[];
    params = rows.map(({ result }) => result.scores.deadly.value);
    expect(new Set(params).size).toBe(cells.length);
  });

  it('crashes its process each time fails after ten crashes, and the others are done', async () => {
    const env = { TENAS_DEADLY: String(params[1]) };
    for (let crash = 1; crash <= 10; crash++) {
      const { child, ended } = run('crashes', env);
      expect((await ended).code).toBe(null);
      expect(child.signalCode).toBe('SIGABRT');
      expect(readFileSync(join(folder, 'crashes', 'batch.crash'), 'utf8')).toBe('SIGABRT');
    }
    expect(await run('crashes', env).ended).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, 'crashes', 'batch.crash'))).toBe(false);
    const [first, second, ...others] = await exported('crashes', folder);
    expect(second).toMatchObject({
      status: 'failed',
      error: 'the process crashed 10 times while this was running, the last time by SIGABRT',
    });
    for (const row of [first, ...others]) expect(row).toMatchObject({ status: 'done' });
    // Without what crashed, it is made.
    expect((await tenasServed(['batch', 'retry', 'crashes'], folder)).code).toBe(0);
    expect((await run('crashes').ended).code).toBe(0);
    expect(await exported('crashes', folder)).toEqual(await exported('healthy', folder));
  });

  it('exits by itself has crashed; being killed in between counts nothing', async () => {
    const env = { TENAS_DEADLY: String(params[0]), TENAS_DEATH: 'exit' };
    expect(await run('exits', env).ended).toMatchObject({ code: 7 });
    expect(readFileSync(join(folder, 'exits', 'batch.crash'), 'utf8')).toBe('exit code 7');
    expect((await run('exits').ended).code).toBe(0);
    expect(await exported('exits', folder)).toEqual(await exported('healthy', folder));
  });

  it('is a long search is done after 14 kills, and finds the same', { timeout: 600_000 }, async () => {
    const long = writeSpec(
      folder,
      'long',
      'search: {seeds: [0, 1], settings: {protocol: paper, repeats: 1, ntk: {batchSize: 8}, regions: {batches: 1}}}',
    );
    const search = (out: string) => ['batch', 'run', long, '--threads', '2', '--out', out];
    const deaths = ['SIGKILL', 'SIGKILL', 'SIGSEGV', 'SIGKILL', 'SIGABRT'] as const;
    for (let kill = 0; kill < 14; ) {
      const { child, ended, says } = start(search('killed'), folder);
      await says('evaluations to make');
      await sleep(20 * kill);
      const signal = deaths[kill % deaths.length]!;
      expect(child.kill(signal)).toBe(true);
      await ended;
      expect(child.signalCode).toBe(signal);
      kill++;
    }
    expect(await jobCounts('killed', folder)).toMatchObject({ done: 0, failed: 0 });
    expect(existsSync(join(folder, 'killed', 'batch.crash'))).toBe(false);
    expect((await tenasServed(search('killed'), folder)).code).toBe(0);
    expect((await tenasServed(search('whole'), folder)).code).toBe(0);
    expect(await exported('killed', folder)).toEqual(await exported('whole', folder));
  });
});
