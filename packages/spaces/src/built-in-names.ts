/** Names of the spaces of this package, in the order in which they are listed. */
export const SPACE_NAMES = [
  'nas-bench-201',
  'darts',
  'darts-frc',
  'nats-size',
  'nas-bench-101',
  'nas-bench-macro',
  'mnasnet',
  'hurricane',
  'proxylessnas',
  'fbnet',
  'mobilenet-v2',
  'pnas',
] as const;

/** The name of a space of this package. */
export type SpaceName = (typeof SPACE_NAMES)[number];

/** The space where none is named. */
export const DEFAULT_SPACE: string = SPACE_NAMES[0];
