import type { LivingMember, Membership } from './wire.js';
import { missingWorkers } from './worker-notes.js';

/** Units in the queue at once: these, and more where many threads wait for them, but never more than can be withdrawn. */
const FEW_IN_FLIGHT = 1000;
const IN_FLIGHT_PER_THREAD = 64;
const MOST_IN_FLIGHT = 20_000;
/** Milliseconds between two looks, once there are workers: there may be thousands. */
const LOOK = 15_000;

/** Looks after the workers of a coordinator: whether there are any, and how many jobs they need. */
export class WorkerWatch {
  readonly #coordinator: Parameters<typeof missingWorkers>[1];
  readonly #onProblem: (problem: string) => void;
  #problem: string | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #mostInFlight = FEW_IN_FLIGHT;

  /** @param onProblem hears when no worker is there, or only workers that cannot take these jobs */
  constructor(coordinator: Parameters<typeof missingWorkers>[1], onProblem: (problem: string) => void) {
    this.#coordinator = coordinator;
    this.#onProblem = onProblem;
  }

  /** Most units that should be in the queue at once. */
  get mostInFlight(): number {
    return this.#mostInFlight;
  }

  /**
   * Looks again, unless it did a moment ago and all was well.
   * @param always also then
   * @returns the workers; null: it did not look
   * @throws errors of the server
   */
  async look(members: Pick<Membership, 'alive'>, always = false): Promise<readonly LivingMember[] | null> {
    const now = performance.now();
    if (!always && this.#problem === null && now - this.#lookedAt < LOOK) return null;
    const workers = await members.alive('workers');
    const problem = missingWorkers(workers, this.#coordinator);
    if (problem !== null && this.#problem === null) this.#onProblem(problem);
    this.#problem = problem;
    this.#mostInFlight = inFlightFor(workers, this.#coordinator.version);
    this.#lookedAt = now;
    return workers;
  }
}

function inFlightFor(workers: readonly LivingMember[], version: string): number {
  const threads = workers.reduce(
    (sum, worker) => sum + (worker.version === version ? (worker.threads ?? 1) : 0),
    0,
  );
  return Math.min(Math.max(IN_FLIGHT_PER_THREAD * threads, FEW_IN_FLIGHT), MOST_IN_FLIGHT);
}
