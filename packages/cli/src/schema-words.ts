import { z } from 'zod';

/** The words of a schema that takes a few words alone; undefined: it takes others. */
export function schemaWords(schema: unknown): readonly string[] | undefined {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return schemaWords(schema.unwrap());
  return undefined;
}
