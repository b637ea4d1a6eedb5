import type { ComparedSetting } from './compared-batch.js';

/** A setting of each batch that belong together. */
export interface SettingPair {
  readonly a: ComparedSetting;
  readonly b: ComparedSetting;
}

/** A setting without a counterpart: there is none, or there are several. */
export interface LoneSetting {
  readonly batch: 'a' | 'b';
  readonly setting: ComparedSetting;
  readonly reason: 'absent' | 'ambiguous';
}

/**
 * The settings that may differ, step by step: the version that computed the results, the images and the files behind a name,
 * metrics, other settings, and at last the method.
 */
const LEEWAY: readonly ((setting: string) => boolean)[] = [
  () => false,
  (name) => name === 'results',
  (name) => /^(results|dataset|plugins)(\.|$)/.test(name),
  (name) => /^(results|dataset|plugins|metrics)(\.|$)/.test(name),
  () => true,
];

function keyOf({ kind, space, dataset, method, settings }: ComparedSetting, step: number): string {
  const mayDiffer = LEEWAY[step] ?? (() => true);
  const kept = Object.entries(settings)
    .filter(([name]) => !mayDiffer(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([kind, space, dataset, step < LEEWAY.length ? method : null, kept]);
}

function byKey(settings: Iterable<ComparedSetting>, step: number): Map<string, ComparedSetting[]> {
  const groups = new Map<string, ComparedSetting[]>();
  for (const setting of settings) {
    const key = keyOf(setting, step);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [setting]);
    else group.push(setting);
  }
  return groups;
}

/**
 * Finds the settings of two batches that belong together. Those that are equal come first. Of the rest, two are a pair where
 * each batch has exactly one such setting, once more and more may differ; kind, space and name of the dataset never may.
 */
export function pairSettings(
  first: readonly ComparedSetting[],
  second: readonly ComparedSetting[],
): { readonly pairs: readonly SettingPair[]; readonly lone: readonly LoneSetting[] } {
  const [left, right] = [new Set(first), new Set(second)];
  const partners = new Map<ComparedSetting, ComparedSetting>();
  for (let step = 0; step <= LEEWAY.length; step++) {
    const others = byKey(right, step);
    for (const [key, own] of byKey(left, step)) {
      const other = others.get(key) ?? [];
      const [a, b] = [own[0], other[0]];
      if (own.length !== 1 || other.length !== 1 || a === undefined || b === undefined) continue;
      partners.set(a, b);
      left.delete(a);
      right.delete(b);
    }
  }
  const loosest = LEEWAY.length;
  const lone = (batch: 'a' | 'b', some: Iterable<ComparedSetting>, others: Iterable<ComparedSetting>) => {
    const known = byKey(others, loosest);
    return [...some].map((setting): LoneSetting => {
      return { batch, setting, reason: known.has(keyOf(setting, loosest)) ? 'ambiguous' : 'absent' };
    });
  };
  return {
    pairs: first.flatMap((a) => {
      const b = partners.get(a);
      return b === undefined ? [] : [{ a, b }];
    }),
    lone: [...lone('a', left, right), ...lone('b', right, left)],
  };
}
