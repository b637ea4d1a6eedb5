const TITLES: Readonly<Record<string, string>> = { 'nas-bench-201': 'NAS-Bench-201', darts: 'DARTS' };

/** A space's name as it is written. */
export function spaceTitle(space: string): string {
  return Object.hasOwn(TITLES, space) ? TITLES[space]! : space;
}

/** Whether a cell has two inputs and joins its nodes, as in DARTS. */
export function isDarts(space: string): boolean {
  return space === 'darts';
}
