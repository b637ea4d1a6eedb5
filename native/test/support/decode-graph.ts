/** Independent reading of the encoded form, straight from its description: what a test compares the encoder with. */
export interface DecodedGraph {
  readonly header: readonly number[];
  readonly nodes: readonly { opcode: number; shape: readonly number[]; payload: readonly number[] }[];
  readonly params: readonly { kind: number; inNtk: number; dims: readonly number[]; key: bigint }[];
}

export function decodeGraph(words: Int32Array): DecodedGraph {
  const header = [...words.subarray(0, 8)];
  const [, , nodeCount, paramCount] = header as [number, number, number, number];
  let at = 8;
  const nodes = Array.from({ length: nodeCount }, () => {
    const length = words[at + 1]!;
    const record = [...words.subarray(at, at + length)];
    at += length;
    return { opcode: record[0]!, shape: record.slice(2, 5), payload: record.slice(5) };
  });
  const params = Array.from({ length: paramCount }, () => {
    const record = [...words.subarray(at, at + 9)];
    at += 9;
    const [low, high] = [record[7]!, record[8]!].map((word) => BigInt(word >>> 0)) as [bigint, bigint];
    return {
      kind: record[0]!,
      inNtk: record[1]!,
      dims: record.slice(3, 3 + record[2]!),
      key: (high << 32n) | low,
    };
  });
  if (at !== words.length) throw new Error(`decoded ${at} of ${words.length} words`);
  return { header, nodes, params };
}
