import type { Graph } from '@tenas/graph';
import type { TrainingRecipe } from '@tenas/spaces';

/** A network and all that is known of it; `pytorchBundle` takes it. */
export interface PytorchBundleOptions {
  readonly graph: Graph;
  readonly architecture: { readonly space: string; readonly genotype: string };
  /** The size of the network, as its space has it: `{C: 16, N: 5, ...}`. Its fields go into config.json. */
  readonly size: object;
  readonly cost: { readonly params: number; readonly macs: number };
  /** Name of the dataset that it was found on or is meant for, e.g. `cifar10`; undefined: not known. */
  readonly dataset?: string | undefined;
  /** Names of the classes in the order of the logits, if they are known. */
  readonly classNames?: readonly string[] | undefined;
  /** Mean and deviation of each channel, of pixels from 0 to 1. */
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Where the weights are from, for people. */
  readonly weights: string;
  /** Whether they were trained. */
  readonly trained: boolean;
  /** Seed of weights that were not. */
  readonly seed?: number | undefined;
  /** Values of metrics by name, as they were measured. */
  readonly scores?: Readonly<Record<string, number>> | undefined;
  /** SHA-256 of the record that it was taken from, in hexadecimal. */
  readonly recordHash?: string | undefined;
  /** How train.py trains; default: a short training. */
  readonly recipe?: TrainingRecipe | undefined;
  readonly toolVersion: string;
  /** Arguments of `tenas export` that make this network, but for `--weights` and `--out`. */
  readonly exportArguments: readonly string[];
}

/** What config.json holds. Mean and deviation are of pixels from 0 to 1. */
export interface PytorchConfig {
  readonly space: string;
  readonly architecture: string;
  readonly num_classes: number;
  /** Channels, height, width. */
  readonly input_shape: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly dataset: string | null;
  /** In the order of the logits. */
  readonly class_names: readonly string[] | null;
  readonly params: number;
  /** Multiply-adds of one image. */
  readonly macs: number;
  readonly trained: boolean;
  readonly weights: string;
  readonly seed: number | null;
  readonly recipe: string;
  readonly record_sha256: string | null;
  readonly tenas_version: string;
  /** Further fields of the size: C, N, ... */
  readonly [field: string]: unknown;
}
