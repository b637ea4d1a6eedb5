/** Pictures that the page has decoded. */
export interface GivenPictures {
  readonly kind: 'pictures';
  /** Height and width. */
  readonly side: number;
  /** Pixels of each, [3, side, side] planar, 0..255. */
  readonly pictures: readonly Uint8Array[];
  /** Names of the classes, and the class of each picture; null: the pictures have none. */
  readonly classes: { readonly names: readonly string[]; readonly labels: readonly number[] } | null;
  /** Pictures that could not be decoded. */
  readonly skipped: number;
}

/** The search that the page's form asks for. */
export interface SearchWish {
  readonly space: string;
  readonly strategy: string;
  /** Names of metrics or aggregates; empty: those of the strategy. */
  readonly metrics: readonly string[];
  readonly seed: number;
  /** Architectures to score; null: the strategy's own number. */
  readonly evaluations: number | null;
  readonly images: { readonly kind: 'synthetic'; readonly side: number } | GivenPictures;
}

/** A message from the page to its worker. */
export type ToWorker =
  /** Comes first: the file tenas_engine.wasm. */
  | { readonly kind: 'engine'; readonly bytes: Uint8Array }
  | { readonly kind: 'search'; readonly wish: SearchWish }
  | { readonly kind: 'stop' }
  /** Asks for the network of the found architecture. */
  | { readonly kind: 'network' };

/** A file for the user. */
export interface OfferedFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** A message from the worker to its page. Markup is safe: what comes from outside is escaped in it. */
export type ToPage =
  /** The engine is there. */
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'progress';
      /** One line. */
      readonly status: string;
      /** Share of the whole search, 0 to 1. */
      readonly share: number;
      /** null: as it was. */
      readonly markup: string | null;
    }
  /** The search ended, or it was stopped or failed and there is a record of what was done. */
  | {
      readonly kind: 'found';
      readonly status: string;
      readonly failed: boolean;
      readonly markup: string;
      readonly record: OfferedFile;
      /** Whether there is an architecture, whose network can be asked for. */
      readonly hasNetwork: boolean;
    }
  | { readonly kind: 'network'; readonly file: OfferedFile }
  | { readonly kind: 'failed'; readonly message: string };
