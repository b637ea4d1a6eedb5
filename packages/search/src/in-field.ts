import { TenasError } from '@tenas/base';

/** Does work on a field, and names the field in its errors. */
export function inField<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    const { code, message, value } = error;
    throw new TenasError(code, `${field}: ${message}`, { field, value, cause: error });
  }
}
