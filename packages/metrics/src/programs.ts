import { TenasError } from '@tenas/base';
import type { Graph } from '@tenas/graph';
import { Program } from '@tenas/native';

/**
 * Compiled programs, each graph compiled once. Disposing the cache frees them all:
 *
 *     using programs = new Programs();
 *     const program = programs.of(supernet.graph);
 */
export class Programs implements Disposable {
  #byGraph: Map<Graph, Program> | null = new Map();

  /**
   * The program of a graph.
   * @throws TenasError `DISPOSED` after disposal; NativeError `GRAPH_INVALID` or `GRAPH_TOO_LARGE`.
   */
  of(graph: Graph): Program {
    if (this.#byGraph === null) throw new TenasError('DISPOSED', 'these programs were disposed');
    const known = this.#byGraph.get(graph);
    if (known !== undefined) return known;
    const program = Program.compile(graph);
    this.#byGraph.set(graph, program);
    return program;
  }

  /** Frees every program. Disposing again does nothing. */
  dispose(): void {
    const programs = this.#byGraph?.values() ?? [];
    this.#byGraph = null;
    for (const program of programs) program.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
