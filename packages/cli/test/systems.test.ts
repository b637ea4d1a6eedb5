import { readSettings } from '@tenas/base/settings';
import { chooseMetrics } from '@tenas/metrics';
import { getStrategy } from '@tenas/search';
import { listSystems } from '@tenas/search/definitions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tenas } from './support/run-in-process.js';

const Printed = z.array(
  z.strictObject({
    name: z.string().min(1),
    title: z.string().min(1),
    paper: z.string().min(1),
    strategy: z.string().nullable(),
    needs: z.array(z.string()),
    presets: z
      .array(
        z.strictObject({
          name: z.string(),
          words: z.array(z.string()).min(1),
          what: z.string().min(1),
          cost: z.string().min(1),
          command: z.string().startsWith('tenas s'),
        }),
      )
      .min(1),
  }),
);

/** Values of a flag that may be repeated. */
function valuesOf(flag: string, flags: readonly string[]): string[] {
  return flags.flatMap((word, place) => (word === flag ? [flags[place + 1]!] : []));
}

describe('tenas systems', () => {
  it('prints each system with its paper, needs, presets, cost and command', async () => {
    const { code, out, err } = await tenas(['systems', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const printed = Printed.parse(JSON.parse(out));
    const names = printed.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['TE-NAS', 'TEG-NAS', 'FreeREA', 'AZ-NAS', 'GDAS', 'UnNAS']),
    );
  });

  it('prints them for people', async () => {
    const { out } = await tenas(['systems']);
    expect(out).toMatch(/^TE-NAS: /m);
    expect(out).toMatch(/^ {2}paper {2}Chen, Gong and Wang, ICLR 2021/m);
    expect(out).toContain('$ tenas search --protocol paper\n');
  });

  const presets = listSystems().flatMap(({ name, strategy, presets: some }) =>
    strategy === null
      ? []
      : some.map((preset) => [`${name}, ${preset.name}`, strategy, preset.words] as const),
  );
  it.each(presets)('%s: the flags are those of its strategy', (_, strategy, [command, ...flags]) => {
    expect(command).toBe('search');
    const [named = 'prune'] = valuesOf('--strategy', flags);
    expect(named).toBe(strategy);
    const metrics = valuesOf('--metrics', flags).flatMap((list) => list.split(','));
    expect(() => chooseMetrics(metrics)).not.toThrow();
    const settings: Record<string, unknown> = {};
    for (const one of valuesOf('--set', flags)) {
      const [key, value] = one.split('=') as [string, string];
      if (key.includes('.')) continue; // a metric's
      settings[key] = Number.isNaN(Number(value)) ? value : Number(value);
    }
    expect(readSettings('settings', getStrategy(strategy).settings, settings)).toMatchObject(settings);
  });
});
