/** An architecture of a front. */
export interface FrontMember {
  readonly architecture: object;
  /** By objective, in its unit. */
  readonly values: Readonly<Record<string, number>>;
}
