import type { z } from 'zod';
import { isRecord, settingError } from '../argument-checks.js';
import { nearWords } from '../near-words.js';
import { type SettingsShape, settingsShape } from './shape.js';

/**
 * Fills in the defaults and checks. A field that is `undefined` counts as not given.
 *
 * @param owner whose settings they are, for messages: `ntk` makes the field `ntk.batchSize`
 * @param schema of an object
 * @throws TenasError `SETTING_INVALID` naming the field, its value and what would be right.
 */
export function readSettings<S>(owner: string, schema: z.ZodType<S>, given: unknown = {}): S {
  if (!isRecord(given)) throw settingError(owner, given, 'an object of settings');
  const shape = settingsShape(schema);
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const result = schema.safeParse(shape.completed(named));
  if (result.success) return result.data;
  throw refused(owner, shape, named, result.error.issues[0]!);
}

function refused(owner: string, shape: SettingsShape, given: unknown, issue: z.core.$ZodIssue): Error {
  const keys = shape.keys();
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const unknown = [...path, issue.keys[0] ?? ''];
    const right = `absent (${hintFor(
      fieldOf(unknown),
      keys.map(({ key }) => key),
    )})`;
    return settingError(fieldOf([owner, ...unknown]), valueAt(given, unknown), right);
  }
  const known = keys.find(({ key }) => key === fieldOf(path));
  const right = known === undefined || issue.code === 'custom' ? issue.message : known.wanted;
  return settingError(fieldOf([owner, ...path]), valueAt(given, path), right);
}

function hintFor(key: string, known: readonly string[]): string {
  if (known.length === 0) return 'there are no settings';
  const near = nearWords(key, known);
  return near.length === 0 ? `known are ${known.join(', ')}` : `did you mean ${near.join(' or ')}?`;
}

/** A path as a field: `stages[0].keep`. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path
    .map((name, place) =>
      typeof name === 'number' ? `[${name}]` : `${place === 0 ? '' : '.'}${String(name)}`,
    )
    .join('');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, name) => {
    if (Array.isArray(inner)) return inner[Number(name)];
    return isRecord(inner) ? inner[String(name)] : undefined;
  }, value);
}
