import { parseJson, TenasError } from '@tenas/base';
import type { Graph } from './types.js';
import { validateGraph } from './validate.js';

/** Room for the largest graph that `validateGraph` allows: 100,000 nodes with their parameters, 1,000,000 slots. */
const LIMITS = { length: 1 << 27, depth: 4, containers: 2_000_000, keys: 5_000_000 } as const;

/** A graph as JSON text. The same graph always gives the same text. */
export function graphToJson(graph: Graph): string {
  validateGraph(graph);
  return JSON.stringify(graph);
}

/**
 * The graph that `graphToJson` wrote; the text is not trusted. Throws TenasError GRAPH_INVALID for anything that is not JSON or
 * not a graph that holds together.
 */
export function graphFromJson(text: string): Graph {
  let value: unknown;
  try {
    value = parseJson(text, LIMITS);
  } catch (cause) {
    throw new TenasError('GRAPH_INVALID', `the graph cannot be read: ${(cause as Error).message}`, {
      field: 'text',
      cause,
    });
  }
  validateGraph(value);
  return value;
}
