import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { requireBuild, start } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';

const folder = temporaryFolder();
const arch = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|';

/** A training of some seconds, in epochs of a few hundredths of a second. */
const long = [
  ...['train', '--arch', arch, '--channels', '4', '--cells', '1', '--threads', '2'],
  ...['--images', '128', '--image-size', '16', '--batch', '32', '--epochs', '100'],
];

const modelIn = (out: string) => readFileSync(join(folder, out, 'model.safetensors'));

beforeAll(requireBuild);

describe('a training that ends too soon', () => {
  it('is the same after 30 kills at random as undisturbed', { timeout: 600_000 }, async () => {
    const undisturbed = await tenasServed([...long, '--out', 'whole'], folder);
    expect(undisturbed.code).toBe(0);
    const random = new RandomStream('kills', 0);
    const checkpoint = join(folder, 'killed', 'checkpoint.tenas');
    const seen = new Set<string>();
    for (let kill = 0; kill < 30; kill++) {
      const { child, ended, says } = start([...long, '--out', 'killed', '--resume'], folder);
      // While it loads, while it begins, or between some epochs; a training that is done says none of both.
      const [heard, most] = random.pick([
        ['training an', 200],
        [': loss', 80],
        [': loss', 80],
        ['', 400],
      ] as const);
      await says(heard).catch(() => {});
      await wait(random.unit() * most);
      child.kill('SIGKILL');
      const { err } = await ended;
      expect(err).not.toContain('error');
      const from = /going on after epoch (\d+)/.exec(err)?.[1];
      if (from !== undefined) seen.add(from);
    }
    // It did get on, from one checkpoint to the next.
    expect(seen.size).toBeGreaterThan(3);
    expect(existsSync(checkpoint)).toBe(true);
    const { code } = await tenasServed([...long, '--out', 'killed', '--resume'], folder);
    expect(code).toBe(0);
    // Nothing that was about to be written is left.
    expect(readdirSync(join(folder, 'killed'))).toEqual(readdirSync(join(folder, 'whole')));
    expect(modelIn('killed')).toEqual(modelIn('whole'));
  });

  it('keeps another training off its folder, until it is killed', { timeout: 600_000 }, async () => {
    const { child, ended, says } = start([...long, '--out', 'locked'], folder);
    await says('epoch 2/100');
    // Held, so that it does not end meanwhile.
    child.kill('SIGSTOP');
    for (const flag of ['--resume', '--force']) {
      const { code, out } = await tenasServed([...long, '--out', 'locked', flag, '--json'], folder);
      expect(code).toBe(2);
      expect(JSON.parse(out).error).toMatchObject({ code: 'FOLDER_LOCKED', field: '--out', value: 'locked' });
    }
    child.kill('SIGKILL');
    await ended;
    const again = await tenasServed([...long, '--epochs', '1', '--out', 'locked', '--force'], folder);
    expect(again.code).toBe(0);
  });

  it('keeps what is done at Ctrl-C, says how to go on, and does', { timeout: 600_000 }, async () => {
    const { child, ended, says } = start([...long, '--out', 'stopped'], folder);
    await says('epoch 2/100');
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect([code, out]).toEqual([130, '']);
    expect(err).toMatch(
      /interrupted after \d+ epochs.*checkpoint\.tenas: --resume goes on from there\ntenas: stopped on request\n$/,
    );
    expect(readdirSync(join(folder, 'stopped'))).toEqual(['checkpoint.tenas', 'train.lock']);
    const resumed = await tenasServed([...long, '--out', 'stopped', '--resume', '--threads', '1'], folder);
    expect(resumed.err).toMatch(/going on after epoch \d+\n/);
    expect(resumed.code).toBe(0);
    expect(modelIn('stopped')).toEqual(modelIn('whole'));
  });
});
