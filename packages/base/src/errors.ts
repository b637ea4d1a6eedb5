/** Details of an error: the field, the value that was wrong, and the error behind it. */
export interface ErrorDetails {
  readonly field?: string | undefined;
  readonly value?: unknown;
  readonly cause?: unknown;
  /** Where one error tells several problems: each of them; the message has a line for each. */
  readonly problems?: readonly string[] | undefined;
}

/**
 * The error that every TypeScript package of the project throws for bad input. `code` is SCREAMING_CASE and stable; the
 * message names the field, the value and what would be right.
 */
export class TenasError extends Error {
  readonly code: string;
  readonly field?: string | undefined;
  readonly value?: unknown;
  readonly problems?: readonly string[] | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TenasError';
    this.code = code;
    if (details.field !== undefined) this.field = details.field;
    if (details.value !== undefined) this.value = details.value;
    if (details.problems !== undefined) this.problems = details.problems;
  }
}
