const LONGEST = 160;

/** Cuts text from outside to a length that a message can bear. */
export function clip(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}... (${text.length} characters)` : text;
}

/**
 * A value from outside for an error message: short, with NaN, Infinity and big integers as such. Never an error itself.
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  if (typeof value === 'bigint') return clip(`${value}n`);
  try {
    const text = JSON.stringify(value, (_key, item: unknown) =>
      (typeof item === 'number' && !Number.isFinite(item)) || typeof item === 'bigint' ? String(item) : item,
    );
    return clip(text ?? String(value));
  } catch {
    // Circular, or nested deeper than the stack.
    return `a value of type ${typeof value}`;
  }
}
