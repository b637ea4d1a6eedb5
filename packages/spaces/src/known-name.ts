function plain(name: string): string {
  return name.trim().toLowerCase().replace(/[-_]/g, '');
}

/** The one of some names that a text means: case, hyphens, underscores and blanks around it do not count. */
export function findName(names: readonly string[], text: string): string | undefined {
  const wanted = plain(text);
  return names.find((name) => plain(name) === wanted);
}

/** Longest text that is looked up as a name. */
const LONGEST = 64;

/** What is known under the name that a text means, if it is one. */
export function findKnown<T>(known: Readonly<Record<string, T>>, text: string): T | undefined {
  if (text.length > LONGEST) return undefined;
  const name = findName(Object.keys(known), text);
  return name === undefined ? undefined : known[name];
}
