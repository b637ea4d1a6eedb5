/** 2^32: one more than the largest value of {@link hash32}. */
const RANGE = 2 ** 32;

/**
 * Standard normal values, like normalised images, that depend on the seed and their index only.
 * @returns `length` float32 values.
 */
export function normalInputs(length: number, seed: number): Float32Array {
  const key = hash32(Math.trunc(seed / RANGE) ^ hash32(seed));
  // Box-Muller: two uniform numbers give one normal number.
  return Float32Array.from({ length }, (_, index) => {
    const radius = Math.sqrt(-2 * Math.log((hash32(key ^ (2 * index)) + 1) / RANGE));
    return radius * Math.cos((2 * Math.PI * hash32(key ^ (2 * index + 1))) / RANGE);
  });
}

/** The finaliser of MurmurHash3 (A. Appleby, public domain): a bijection of 32-bit words in which every bit spreads. */
function hash32(value: number): number {
  let word = value | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
