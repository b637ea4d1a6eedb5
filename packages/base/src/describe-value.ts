const LONGEST = 160;

/** Cuts text from outside to a length that a message can bear. */
export function clip(text: string): string {
  return text.length > LONGEST ? `${beginningOf(text)}... (${text.length} characters)` : text;
}

/** Without half a pair of UTF-16 at its end. */
function beginningOf(text: string): string {
  return text.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, '');
}

/** Copies the beginning of a value, as much as a message can show; `left` counts characters, at least one per value. */
class Beginning {
  left = LONGEST + 1;

  copy(value: unknown): unknown {
    this.left--;
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)))
      return String(value);
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return value;
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.copy(value.toJSON());
    return Array.isArray(value) ? this.#list(value) : this.#object(value);
  }

  #text(value: string): string {
    const shown = value.slice(0, Math.max(this.left, 0));
    this.left -= value.length;
    return shown;
  }

  #list(value: readonly unknown[]): unknown[] {
    const items: unknown[] = [];
    for (const item of value) {
      if (this.left <= 0) break;
      items.push(this.copy(item));
    }
    return items;
  }

  #object(value: object): object {
    const entries: [string, unknown][] = [];
    for (const key of Object.keys(value)) {
      if (this.left <= 0) break;
      entries.push([this.#text(key), this.copy(value[key as keyof typeof value])]);
    }
    return Object.fromEntries(entries);
  }
}

/**
 * A value from outside for an error message: short, with NaN, Infinity and big integers as such, and never an error itself.
 * However large or deep the value is, only its beginning is looked at.
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  if (typeof value === 'bigint') return clip(`${value}n`);
  try {
    const beginning = new Beginning();
    const text = JSON.stringify(beginning.copy(value)) ?? String(value);
    if (text.length <= LONGEST && beginning.left >= 0) return text;
    const rest = typeof value === 'string' ? ` (${value.length} characters)` : '';
    return `${beginningOf(text)}...${rest}`;
  } catch {
    // A getter that throws, or a symbol.
    return `a value of type ${typeof value}`;
  }
}
