/** Whether text can name a space: it goes into records, file names and flags. */
export function isSpaceName(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
}
