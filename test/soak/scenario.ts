import type { RandomStream } from '@tenas/base';

/** What a scenario has. */
export interface Surroundings {
  readonly random: RandomStream;
  /** An empty folder. */
  readonly folder: string;
}

/** Something that is done over and over in one process. */
export interface Scenario {
  readonly name: string;
  /** What is counted, such as `evaluations`. */
  readonly operations: string;
  /** Why it cannot run here; null: it can. */
  readonly absent?: () => string | null;
  /** Goes on until it is left. Yields the operations since the last time, at most some seconds of work. */
  readonly run: (surroundings: Surroundings) => AsyncGenerator<number, void>;
}

/** Waits for what may have been cancelled or disposed of. Any other failure is thrown. */
export async function unlessStopped(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const { name, code } = error as { readonly name?: string; readonly code?: string };
    if (name !== 'AbortError' && code !== 'CANCELLED' && code !== 'DISPOSED') throw error;
  }
}
