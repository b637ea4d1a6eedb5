import { TenasError } from '@tenas/base';

/** Parts of a plan that is split into equal ones, by the keys of evaluations: some of `of`. */
export interface Shard {
  /** From 0, rising. */
  readonly parts: readonly number[];
  readonly of: number;
}

/** Most shards of a plan. */
const MOST_SHARDS = 1_000_000;
/** Digits of a key that decide: 48 bits, which a number holds exactly. */
const DECIDING_DIGITS = 12;

/** `2/7`, or `0,2/7` where several shards were merged. */
export function shardText({ parts, of }: Shard): string {
  return `${parts.join(',')}/${of}`;
}

/** Reads {@link shardText}. @throws TenasError `OPTION_INVALID` */
export function parseShard(text: string): Shard {
  const match = /^(\d+(?:,\d+)*)\/(\d+)$/.exec(text);
  const of = Number(match?.[2]);
  const parts = [...new Set((match?.[1] ?? '').split(',').map(Number))].sort((a, b) => a - b);
  if (match === null || of < 1 || of > MOST_SHARDS || parts.some((part) => part >= of)) {
    const wanted = match !== null && of >= 1 && of <= MOST_SHARDS ? of : 7;
    const range = wanted === 1 ? '0/1' : `0/${wanted} to ${wanted - 1}/${wanted}`;
    throw new TenasError(
      'OPTION_INVALID',
      `--shard: got ${JSON.stringify(text)}; give I/N, with I from 0 to N - 1 and N from 1 to ${MOST_SHARDS}, as ${range}`,
      { field: '--shard', value: text },
    );
  }
  return { parts, of };
}

/** Whether a shard has the evaluation with a key. */
export function hasKey({ parts, of }: Shard, key: string): boolean {
  return parts.includes(Number.parseInt(key.slice(0, DECIDING_DIGITS), 16) % of);
}

/** Two shards together; null: the whole plan. They must be of as many. */
export function joined(one: Shard, other: Shard): Shard | null {
  const parts = [...new Set([...one.parts, ...other.parts])].sort((a, b) => a - b);
  return parts.length === one.of ? null : { parts, of: one.of };
}
