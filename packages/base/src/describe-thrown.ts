/** What was thrown, for a message. */
export interface Thrown {
  /** Of an error that has one, in letters that all parts of tenas write and read. */
  readonly code: string | undefined;
  /** Half a pair of UTF-16, which no file and no network keeps, is replaced. */
  readonly message: string;
}

const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

/** Code and message of anything that was thrown: it need not be an error, and asking it may throw again. */
export function describeThrown(thrown: unknown): Thrown {
  try {
    const isError = thrown instanceof Error;
    const code = isError && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
    const message = String(isError ? thrown.message : thrown).replace(/\p{Surrogate}/gu, '\ufffd');
    return { code: CODE.test(code) ? code : undefined, message };
  } catch {
    return { code: undefined, message: 'what was thrown has no words' };
  }
}
