import { TenasError } from '@tenas/base';
import type { Graph } from './types.js';
import { validateGraph } from './validate.js';

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
    value = JSON.parse(text);
  } catch (cause) {
    throw new TenasError('GRAPH_INVALID', 'the graph is not valid JSON', { field: 'text', cause });
  }
  validateGraph(value);
  return value;
}
