/** A compiled program inside the addon. */
export interface ProgramHandle {
  readonly __program: unique symbol;
}
