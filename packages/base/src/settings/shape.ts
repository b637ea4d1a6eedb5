import { toJSONSchema, type z } from 'zod';
import { isRecord } from '../argument-checks.js';
import { readSettingText, type SchemaNode, wantedText } from './text.js';

/** One setting that a person can give as text. */
export interface SettingKey {
  /** `ntk.batchSize`: fields of objects within objects are separate settings. */
  readonly key: string;
  /** Its description in the schema. */
  readonly description: string | null;
  /** Completes "give ...", e.g. `a whole number from 2 to 4096`. */
  readonly wanted: string;
  /** The default; undefined if there is none. */
  readonly fallback: unknown;
  /** Turns text into the value that the schema takes; null where the text is no such value. */
  readonly read: (text: string) => { readonly value: unknown } | null;
}

/** Values by field, nested as the settings are. */
export type SettingTree = Readonly<Record<string, unknown>>;

/** The shape of a zod schema: its keys with types, defaults and descriptions. */
export class SettingsShape {
  readonly #root: SchemaNode;
  #keys: readonly SettingKey[] | undefined;

  /** @param schema of an object */
  constructor(schema: z.ZodType) {
    this.#root = toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  }

  /** All settings, in the order of the schema. */
  keys(): readonly SettingKey[] {
    this.#keys ??= this.#keysOf(this.#root, [], this.#root.default);
    return this.#keys;
  }

  /**
   * Given values with the defaults of the objects that they are in, so that one field of an object can be set alone.
   * Where there are several kinds of object to choose from, the default goes once a kind is given.
   */
  completed(given: SettingTree): SettingTree {
    return this.#completed(this.#root, given, this.#root.default);
  }

  #keysOf(node: SchemaNode, path: readonly string[], fallback: unknown): SettingKey[] {
    const alternatives = this.#alternatives(node);
    const inner = [...this.#fields(alternatives)].flatMap(([name, field]) =>
      this.#keysOf(field, [...path, name], this.#fallback(field, name, fallback)),
    );
    const plain = alternatives.filter((one) => !hasFields(one));
    if (plain.length === 0 || path.length === 0) return inner;
    const itself: SettingKey = {
      key: path.join('.'),
      description:
        node.description ?? plain.find((one) => one.description !== undefined)?.description ?? null,
      wanted: wantedText(plain),
      fallback: isRecord(fallback) && inner.length > 0 ? undefined : fallback,
      read: (text) => readSettingText(plain, text),
    };
    return [itself, ...inner];
  }

  #completed(node: SchemaNode, given: SettingTree, fallback: unknown): SettingTree {
    const kinds = this.#alternatives(node).filter(hasFields);
    const fields = this.#fields(kinds);
    const kindGiven =
      kinds.length > 1 && Object.keys(given).some((name) => kinds.some((kind) => isConstant(kind, name)));
    const base = isRecord(fallback) && !kindGiven ? fallback : {};
    const values = Object.entries(given).map(([name, value]) => {
      const field = fields.get(name);
      if (field === undefined || !isRecord(value)) return [name, value];
      return [name, this.#completed(field, value, this.#fallback(field, name, base))];
    });
    return { ...base, ...Object.fromEntries(values) };
  }

  /** The default of a field: that of the object that it is in, else its own. */
  #fallback(field: SchemaNode, name: string, outer: unknown): unknown {
    if (isRecord(outer) && Object.hasOwn(outer, name)) return outer[name];
    return Object.hasOwn(field, 'default') ? field.default : this.#resolved(field).default;
  }

  /** The fields of an object; of all kinds of object where there are several to choose from. */
  #fields(alternatives: readonly SchemaNode[]): Map<string, SchemaNode> {
    const fields = new Map<string, SchemaNode>();
    for (const { properties = {} } of alternatives) {
      for (const [name, field] of Object.entries(properties)) {
        if (typeof field === 'boolean') continue;
        const other = fields.get(name);
        fields.set(name, other === undefined ? field : { anyOf: [other, field] });
      }
    }
    return fields;
  }

  #alternatives(node: SchemaNode): SchemaNode[] {
    const resolved = this.#resolved(node);
    const several = resolved.anyOf ?? resolved.oneOf;
    if (several === undefined) return [resolved];
    return several.flatMap((one) => (typeof one === 'boolean' ? [] : this.#alternatives(one)));
  }

  /** Schemas with an id stand apart and are referred to. */
  #resolved(node: SchemaNode): SchemaNode {
    const name = /^#\/\$defs\/(.+)$/.exec(node.$ref ?? '')?.[1];
    return (name === undefined ? undefined : this.#root.$defs?.[name]) ?? node;
  }
}

const shapes = new WeakMap<z.ZodType, SettingsShape>();

/** The shape of an object's zod schema; computed once per schema. */
export function settingsShape(schema: z.ZodType): SettingsShape {
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const shape = new SettingsShape(schema);
  shapes.set(schema, shape);
  return shape;
}

function hasFields(node: SchemaNode): boolean {
  return node.type === 'object' && node.properties !== undefined;
}

/** Whether a field names the kind of its object. */
function isConstant({ properties }: SchemaNode, name: string): boolean {
  const field = properties?.[name];
  return typeof field === 'object' && field.const !== undefined;
}
