import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../scripts/steps.mjs';

/** Where Debian has daemons, which are not in everybody's PATH. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'srun'].filter(
  (name) => spawnSync('sh', ['-c', `command -v ${name}`], { env: { PATH } }).status !== 0,
);
const why =
  missing.length > 0
    ? `${missing.join(', ')} missing; Debian's slurm-wlm and munge have them`
    : userInfo().uid !== 0
      ? 'slurmd starts jobs as root only'
      : null;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A cluster of this one machine. */
class Cluster implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tenas-slurm-'));
  readonly #daemons: ChildProcess[] = [];
  readonly env: NodeJS.ProcessEnv;

  constructor() {
    // Munge wants a way to its socket that everybody may go.
    chmodSync(this.folder, 0o755);
    for (const name of ['state', 'spool', 'run', 'bin']) mkdirSync(join(this.folder, name));
    const bin = join(this.folder, 'bin');
    const command = join(repositoryRoot, 'packages/cli/bin/tenas.js');
    writeFileSync(join(bin, 'tenas'), `#!/bin/sh\nexec '${process.execPath}' '${command}' "$@"\n`, {
      mode: 0o755,
    });
    this.env = { ...process.env, PATH: `${bin}:${PATH}`, SLURM_CONF: this.at('slurm.conf') };
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  async start(): Promise<void> {
    writeFileSync(this.at('key'), randomBytes(1024), { mode: 0o600 });
    const socket = this.at('run/munge.socket');
    const files = ['key', 'seed', 'pid', 'log'].map((name) => `--${name}-file=${this.at(name)}`);
    this.#daemon('munged', ['--foreground', '--force', `--socket=${socket}`, ...files]);
    const [control, node] = [await freePort(), await freePort()];
    writeFileSync(
      this.at('slurm.conf'),
      `ClusterName=tenas
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${control}
SlurmdPort=${node}
AuthType=auth/munge
AuthInfo=socket=${socket}
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${this.at('state')}
SlurmdSpoolDir=${this.at('spool')}
SlurmctldPidFile=${this.at('slurmctld.pid')}
SlurmdPidFile=${this.at('slurmd.pid')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
MailProg=/bin/true
NodeName=localhost NodeHostname=${hostname()} NodeAddr=127.0.0.1 CPUs=${availableParallelism()}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`,
    );
    while (!existsSync(socket)) await this.#pause();
    this.#daemon('slurmctld', ['-D']);
    this.#daemon('slurmd', ['-D', '-N', 'localhost']);
    while (!(await this.run('sinfo', ['--noheader', '--format=%T'])).out.includes('idle'))
      await this.#pause();
  }

  #daemon(name: string, args: readonly string[]): void {
    const log = this.at(`${name}.log`);
    const shell = `exec ${name} "$@" > '${log}' 2>&1`;
    this.#daemons.push(spawn('sh', ['-c', shell, name, ...args], { env: this.env, stdio: 'ignore' }));
  }

  /** @throws Error with the words of a daemon that has ended */
  async #pause(): Promise<void> {
    await sleep(200);
    if (this.#daemons.every(({ exitCode }) => exitCode === null)) return;
    const logs = ['munged', 'slurmctld', 'slurmd'].map((name) => this.at(`${name}.log`)).filter(existsSync);
    throw new Error(logs.map((log) => `${log}: ${readFileSync(log, 'utf8').slice(-2000)}`).join('\n'));
  }

  async run(command: string, args: readonly string[]) {
    const child = spawn(command, [...args], { cwd: this.folder, env: this.env });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    return { code, out };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons.toReversed()) {
      if (daemon.exitCode !== null) continue;
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe.skipIf(why !== null)(`the scripts for Slurm${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let cluster: Cluster;
  const scripts = join(repositoryRoot, 'examples/slurm');

  beforeAll(async () => {
    cluster = new Cluster();
    await cluster.start();
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  /** Runs a script to its end. */
  async function submit(flags: readonly string[], script: string, ...args: readonly string[]): Promise<void> {
    const log = cluster.at(`${script}.%a.txt`);
    const submitted = await cluster.run('sbatch', [
      '--wait',
      `--output=${log}`,
      ...flags,
      join(scripts, script),
      ...args,
    ]);
    const { out } = await cluster.run('sh', ['-c', `cat '${cluster.folder}/${script}'.*`]);
    expect(submitted.code, `${submitted.out}\n${out}`).toBe(0);
  }

  async function rowsOf(store: string): Promise<unknown[]> {
    const { code, out } = await cluster.run('tenas', ['batch', 'export', store, '--format', 'jsonl']);
    expect(code, out).toBe(0);
    const rows = out.trim().split('\n');
    return rows.map((line) => {
      const { architecture, seed, result } = JSON.parse(line);
      return { architecture, seed, value: result.scores.naswot.value };
    });
  }

  it('run the shards of an array, make what is missing, and merge them', async () => {
    const spec = cluster.at('sweep.yaml');
    writeFileSync(
      spec,
      'score: {architectures: {sample: 30, seed: 1}, metrics: [naswot], repeats: 1, seeds: [0, 1]}\n',
    );
    const shared = cluster.at('shared');
    // A shard that failed on its node is asked for alone, and later the whole array.
    await submit(['--array=1'], 'shards.sbatch', spec, shared, '3');
    const first = await rowsOf(join(shared, 'shard-1'));
    await submit(['--array=0-2'], 'shards.sbatch', spec, shared, '3');
    expect(await rowsOf(join(shared, 'shard-1'))).toEqual(first);
    await submit([], 'merge.sbatch', shared);
    const whole = cluster.at('whole');
    const local = await cluster.run('tenas', ['batch', 'run', spec, '--out', whole, '--quiet']);
    expect(local.code, local.out).toBe(0);
    const merged = await rowsOf(join(shared, 'all'));
    expect(merged).toHaveLength(60);
    expect(merged).toEqual(await rowsOf(whole));
  }, 600_000);
});
