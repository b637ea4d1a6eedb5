import { isRecord } from '@tenas/base';

/** The words of a schema that takes a few words alone; undefined: it takes others. */
export function schemaWords(schema: unknown): readonly string[] | undefined {
  const definition = definitionOf(schema);
  switch (definition?.type) {
    case 'enum':
      return isRecord(definition.entries) ? Object.values(definition.entries).map(String) : undefined;
    case 'optional':
    case 'default':
      return schemaWords(definition.innerType);
    default:
      return undefined;
  }
}

/** The schema of a field of an object's schema; undefined where there is none. */
export function fieldSchema(schema: unknown, key: string): unknown {
  const definition = definitionOf(schema);
  return definition?.type === 'object' && isRecord(definition.shape) ? definition.shape[key] : undefined;
}

/** What a schema says of itself. Not its class: the built packages have a zod each for what they use. */
function definitionOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(schema) && isRecord(schema.def) ? schema.def : undefined;
}
