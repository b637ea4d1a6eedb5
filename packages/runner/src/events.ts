import type { JobStatus } from './store/reader.js';
import type { Changed } from './store/units.js';
import type { Task } from './tasks.js';

/** Events of a batch, for progress and logs. */
export type BatchEvent =
  | {
      readonly kind: 'start';
      readonly jobs: number;
      /** Jobs that the store did not know. */
      readonly added: number;
      /** Done in earlier runs. */
      readonly done: number;
      readonly failed: number;
      /** Evaluations that wait. */
      readonly units: number;
      /** The same by the kind of their task; kinds without any are left out. */
      readonly unitsOf: Readonly<Partial<Record<Task['kind'], number>>>;
      /** null: the workers of a queue evaluate. */
      readonly threads: number | null;
    }
  /** A unit's result is stored. */
  | {
      readonly kind: 'unit-done';
      readonly key: string;
      /** Kind of the task that it belongs to. */
      readonly task: Task['kind'];
      readonly what: string;
      readonly seconds: number;
      readonly worker: string;
    }
  /** A run of a unit failed. */
  | {
      readonly kind: 'unit-failed';
      readonly key: string;
      readonly what: string;
      readonly attempts: number;
      readonly code: string;
      readonly message: string;
      /** Whether it is tried again. */
      readonly retried: boolean;
    }
  /** A training has another epoch. */
  | {
      readonly kind: 'epoch';
      readonly key: string;
      readonly what: string;
      /** Epochs that are done, of so many. */
      readonly done: number;
      readonly epochs: number;
    }
  /** Jobs that are done or have failed for good since the last such event. */
  | {
      readonly kind: 'advance';
      readonly status: Extract<JobStatus, 'done' | 'failed'>;
      readonly changed: Changed;
    }
  | { readonly kind: 'note'; readonly level: 'info' | 'warn'; readonly message: string };

/** Hears what happens. */
export type BatchListener = (event: BatchEvent) => void;
