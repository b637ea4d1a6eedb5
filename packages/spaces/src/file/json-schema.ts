import { z } from 'zod';
import { spaceFileSchema } from './schema.js';

/** The JSON Schema (draft 2020-12) of a space in a file, for editors; `schemas/space.schema.json` is made of it. */
export function spaceFileJsonSchema(): object {
  return { title: 'Search space of tenas', ...z.toJSONSchema(spaceFileSchema, { io: 'input' }) };
}
