import type { z } from 'zod';
import { isRecord, settingError } from '../argument-checks.js';
import { SettingsShape } from './shape.js';

/**
 * Fills in the defaults and checks. A field that is `undefined` counts as not given.
 *
 * @param owner whose settings they are, for messages: `ntk` makes the field `ntk.batchSize`
 * @param schema of an object
 * @throws TenasError `SETTING_INVALID` naming the field, its value and what would be right.
 */
export function readSettings<S>(owner: string, schema: z.ZodType<S>, given: unknown = {}): S {
  if (!isRecord(given)) throw settingError(owner, given, 'an object of settings');
  const shape = new SettingsShape(schema);
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const result = schema.safeParse(shape.completed(named));
  if (result.success) return result.data;
  throw refused(owner, shape, named, result.error.issues[0]!);
}

function refused(owner: string, shape: SettingsShape, given: unknown, issue: z.core.$ZodIssue): Error {
  const keys = shape.keys();
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const unknown = [...path, issue.keys[0] ?? ''];
    const right =
      keys.length === 0
        ? 'absent, as there are no settings'
        : `absent; known are ${keys.map(({ key }) => key).join(', ')}`;
    return settingError([owner, ...unknown].join('.'), valueAt(given, unknown), right);
  }
  const known = keys.find(({ key }) => key === path.join('.'));
  const right = known === undefined || issue.code === 'custom' ? issue.message : known.wanted;
  return settingError([owner, ...path].join('.'), valueAt(given, path), right);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);
}
