import { errnoOf, TenasError } from '@tenas/base';
import type { ReadSpec, SpecPath } from './read-spec.js';

/** Where in a spec some work takes its values from. */
export interface SpecPlace {
  readonly read: ReadSpec;
  /** Path of the field. */
  readonly path: SpecPath;
  /** The field of an error of the work as the spec has it, from {@link path} on. Default: the field itself. */
  readonly within?: ((field: SpecPath) => SpecPath) | undefined;
}

/**
 * Does work on what a spec says, and puts file and line of the spec before what is wrong with it.
 * @throws TenasError `SPEC_INVALID` naming the field
 */
export function inSpec<T>(place: SpecPlace, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw specProblem(place, error);
  }
}

/** {@link inSpec} of work that takes time. */
export async function inSpecLater<T>(place: SpecPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw specProblem(place, error);
  }
}

function specProblem({ read, path, within }: SpecPlace, error: unknown): unknown {
  if (error instanceof TenasError) {
    if (error.code === 'SPEC_INVALID') return error;
    const { field, message } = error;
    // The field has another name here, and is said once.
    const prefix = `${field}: `;
    const problem = message.startsWith(prefix) ? message.slice(prefix.length) : message;
    return read.fieldError([...path, ...(within?.(pathOf(field)) ?? [])], problem, error);
  }
  if (error instanceof Error && errnoOf(error) === 'ENOENT') {
    return read.fieldError(path, error.message, error);
  }
  return error;
}

/** `settings.stages[0].keep` as a path. */
function pathOf(field: string | undefined): SpecPath {
  return (field?.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
