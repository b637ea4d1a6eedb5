/** An edge of a cell that has an operation. Nodes are numbered so that edges lead to larger numbers. */
export interface LiveEdge {
  readonly from: number;
  readonly to: number;
}

/** Whether an edge lies on no path from an input of its cell to an output. */
export function hasUnreachableEdge(
  edges: readonly LiveEdge[],
  { inputs, outputs }: { readonly inputs: readonly number[]; readonly outputs: readonly number[] },
): boolean {
  const fed = new Set(inputs);
  for (const { from, to } of edges.toSorted((a, b) => a.to - b.to)) if (fed.has(from)) fed.add(to);
  const read = new Set(outputs);
  for (const { from, to } of edges.toSorted((a, b) => b.from - a.from)) if (read.has(to)) read.add(from);
  return edges.some(({ from, to }) => !fed.has(from) || !read.has(to));
}
