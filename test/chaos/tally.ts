/** What is attacked. */
export const TARGETS = ['runner', 'worker', 'coordinator', 'redis', 'trainer'] as const;
export type Target = (typeof TARGETS)[number];

/** Kinds of faults, by what is wrong in the end. */
export const FAULTS = ['lost', 'doubled', 'different', 'crashes', 'hangs'] as const;
export type Fault = (typeof FAULTS)[number];

/** Counts of a target. */
export class Tally {
  /** Batches or trainings that were brought to their end. */
  rounds = 0;
  /** Processes that a signal or a write ended. */
  kills = 0;
  /** Other disturbances: failing writes, pauses, a Redis that forgets. */
  others = 0;
  /** Processes that went on with what one before them had left. */
  resumes = 0;
  /** Different writes at which something happened, of those that a process makes; by process. */
  readonly writes: Record<string, { readonly reached: number; readonly of: number }> = {};
  readonly faults: Record<Fault, number> = { lost: 0, doubled: 0, different: 0, crashes: 0, hangs: 0 };
  readonly problems: string[] = [];

  constructor(readonly target: Target) {}

  add(fault: Fault, problem: string): void {
    this.faults[fault]++;
    this.problems.push(`${fault}: ${problem}`);
  }

  get faulty(): number {
    return FAULTS.reduce((sum, fault) => sum + this.faults[fault], 0);
  }
}
