/** Whether a line of code is no longer than those of the pieces in `python`. */
export function fits(line: string): boolean {
  return line.length < 100;
}

/** A Python string literal, on one line of ASCII, whatever the text holds. */
export function pythonString(text: string): string {
  // JSON's escapes are Python's, but those of characters beyond the first plane, which JSON writes as two.
  return [...JSON.stringify(text)]
    .map((character) => {
      const code = character.codePointAt(0)!;
      if (code >= 0x20 && code < 0x7f) return character;
      return code > 0xffff
        ? `\\U${code.toString(16).padStart(8, '0')}`
        : `\\u${code.toString(16).padStart(4, '0')}`;
    })
    .join('');
}

/** Lines that assign a text to a name; a long text is cut into literals that Python joins. */
export function textConstant(name: string, text: string): string {
  const line = `${name} = ${pythonString(text)}`;
  if (fits(line)) return line;
  const characters = [...text];
  const parts: string[] = [];
  // An escaped character takes up to ten places.
  for (let start = 0; start < characters.length; ) {
    let end = Math.min(start + 85, characters.length);
    while (end > start + 1 && pythonString(characters.slice(start, end).join('')).length > 90) end--;
    parts.push(`    ${pythonString(characters.slice(start, end).join(''))}`);
    start = end;
  }
  return [`${name} = (`, ...parts, ')'].join('\n');
}

/** A Python number literal. */
export function pythonNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return `float("${Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'}")`;
}

/**
 * Items between brackets, on one line if they fit and else one per line.
 *
 * @param open text before the items with its indentation, e.g. `    x = torch.cat([`
 */
export function bracketed(open: string, items: readonly string[], close: string): string {
  const line = `${open}${items.join(', ')}${close}`;
  if (fits(line) || items.length === 0) return line;
  const indent = /^ */.exec(open)![0];
  return [open, ...items.map((item) => `${indent}    ${item},`), `${indent}${close}`].join('\n');
}

/** Words that a generated name must not be: Python's own, and those that the generated code uses. */
const TAKEN = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with self layer torch nn F images`.split(
    /\s+/,
  ),
);

/** Makes names of variables out of names of nodes, each once. */
export class VariableNames {
  readonly #given = new Set(TAKEN);

  /** A name for a text: its letters and digits, at most 32 characters, and a number where that is taken. */
  of(text: string): string {
    const word = text
      .replaceAll(/[^A-Za-z0-9]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .slice(0, 32);
    const stem = /^[A-Za-z]/.test(word) ? word : `x${word === '' ? '' : `_${word}`}`;
    let name = stem;
    for (let number = 2; this.#given.has(name); number++) name = `${stem}_${number}`;
    this.#given.add(name);
    return name;
  }
}
