/**
 * The part of zod that the packages use: `@tenas/base/zod`. The built packages load it where their sources say `zod`
 * (`scripts/bundle.mjs`): all of zod is 95 modules, its error messages in all languages among them, and takes longer to load than
 * the rest of the command. Schemas of both understand each other: zod looks at what a schema has, not at its class.
 * @packageDocumentation
 */
import {
  array,
  boolean,
  coerce,
  discriminatedUnion,
  int,
  literal,
  looseObject,
  NEVER,
  number,
  object,
  preprocess,
  record,
  strictObject,
  string,
  toJSONSchema,
  tuple,
  union,
  unknown,
  url,
  enum as zodEnum,
} from 'zod';

/** The functions of zod, by their names in zod. */
export const z = {
  array,
  boolean,
  coerce,
  discriminatedUnion,
  enum: zodEnum,
  int,
  literal,
  looseObject,
  NEVER,
  number,
  object,
  preprocess,
  record,
  strictObject,
  string,
  toJSONSchema,
  tuple,
  union,
  unknown,
  url,
} as const;
