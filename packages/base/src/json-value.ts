/**
 * Replacer of `JSON.stringify` for documents: typed arrays become arrays; NaN and infinities, which JSON lacks, become the
 * strings that name them.
 */
export function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Float64Array || value instanceof Float32Array || value instanceof Int32Array) {
    return Array.from(value);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return typeof value === 'bigint' ? value.toString() : value;
}
