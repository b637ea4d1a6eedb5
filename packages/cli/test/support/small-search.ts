/** Flags for a search by pruning that takes a second: for tests of the command, not of what it finds. */
export const smallSearch: readonly string[] = [
  ...['--repeats', '1', '--ntk-batch', '4', '--region-batches', '1', '--region-batch', '64'],
  ...['--finals', '0'],
];
