import type { ImageSource } from '@tenas/data';
import type { Device } from '@tenas/metrics';
import type { Space } from '@tenas/spaces';

/** What every strategy is given, whatever else it takes. */
export interface StrategyOptions<Event> {
  readonly space: Space;
  /** Where the images come from (`openDataset` of @tenas/data); the caller closes it. */
  readonly source: ImageSource;
  /** Whole number from 0 to 2^53 - 1, default 0. Same seed, same result, on any number of threads of one device. */
  readonly seed?: number;
  /** Default: all of the machine's. */
  readonly threads?: number;
  /** Default `auto`: a CUDA device if there is one, else the CPU. */
  readonly device?: Device;
  /** Stops the search within a second. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: Event) => void;
}

/** What every strategy's record tells, whatever else it holds. */
export interface StrategyRecord {
  readonly strategy: string;
  readonly space: string;
  readonly genotype: string;
  readonly seed: number;
  readonly seconds: number;
}

/** A way to search a space. */
export interface SearchStrategy<Options extends StrategyOptions<never>, Result extends StrategyRecord> {
  /** As records name it. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  search(options: Options): Promise<Result>;
}
