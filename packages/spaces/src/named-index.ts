const INDEX = /^\s*index\s*:\s*(\d{1,15})\s*$/;

/** The number of an architecture that a text such as `index:1234` names; null: it names none. */
export function namedIndex(text: string): number | null {
  const digits = INDEX.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
