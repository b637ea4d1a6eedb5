function plain(name: string): string {
  return name.trim().toLowerCase().replace(/[-_]/g, '');
}

/** The one of some names that a text means: case, hyphens, underscores and blanks around it do not count. */
export function findName(names: readonly string[], text: string): string | undefined {
  const wanted = plain(text);
  return names.find((name) => plain(name) === wanted);
}
