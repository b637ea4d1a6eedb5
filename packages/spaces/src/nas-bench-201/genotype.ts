import { TenasError } from '@tenas/base';
import { GenotypeSyntaxError } from '../genotype-syntax-error.js';
import { checkLength } from '../literal.js';
import { withoutSurroundings } from '../surrounding-text.js';
import { isLiteralCell, readLiteralCell } from './literal-forms.js';
import {
  isNasBench201Op,
  NAS_BENCH_201_EDGES,
  NAS_BENCH_201_NODES,
  NAS_BENCH_201_OPS,
  type NasBench201Op,
} from './operations.js';

/** One operation for each edge, in the order of {@link NAS_BENCH_201_EDGES}. */
export type NasBench201Cell = readonly [
  NasBench201Op,
  NasBench201Op,
  NasBench201Op,
  NasBench201Op,
  NasBench201Op,
  NasBench201Op,
];

/** A NAS-Bench-201 architecture: the one cell that the whole network repeats. */
export interface NasBench201Architecture {
  readonly space: 'nas-bench-201';
  readonly ops: NasBench201Cell;
}

/**
 * An architecture from its operations, edge by edge.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` unless there are six known operations.
 */
export function nasBench201Architecture(ops: readonly string[]): NasBench201Architecture {
  if (ops.length !== NAS_BENCH_201_EDGES.length) {
    throw new TenasError(
      'ARCHITECTURE_INVALID',
      `a NAS-Bench-201 cell has ${NAS_BENCH_201_EDGES.length} operations (edges ${NAS_BENCH_201_EDGES.join(', ')}), got ${ops.length}`,
      { field: 'ops', value: ops },
    );
  }
  for (const [index, op] of ops.entries()) {
    if (!isNasBench201Op(op)) {
      throw new TenasError(
        'ARCHITECTURE_INVALID',
        `edge ${NAS_BENCH_201_EDGES[index]}: unknown operation ${JSON.stringify(op)}, known are ${NAS_BENCH_201_OPS.join(', ')}`,
        { field: `ops[${index}]`, value: op },
      );
    }
  }
  return { space: 'nas-bench-201', ops: [...ops] as unknown as NasBench201Cell };
}

/**
 * The official string of an architecture, e.g.
 * `|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|`.
 */
export function formatNasBench201(architecture: NasBench201Architecture): string {
  return NAS_BENCH_201_NODES.map(({ node, firstEdge }) => {
    const terms = architecture.ops.slice(firstEdge, firstEdge + node).map((op, input) => `${op}~${input}`);
    return `|${terms.join('|')}|`;
  }).join('+');
}

/** What errors call the text. */
export const WHAT = 'NAS-Bench-201 architecture';

interface Token {
  readonly text: string;
  readonly at: number;
}

/** Tokens of the string: words, numbers, the punctuation `|`, `~`, `+`, and anything else up to the next of these. */
function tokenize(text: string): Token[] {
  return [...text.matchAll(/[|~+]|[^|~+\s]+/g)].map((match) => ({ text: match[0], at: match.index }));
}

/** The representation of AutoDL's `Structure`: the string in words. */
const STRUCTURE = /^(\s*\w+\s*\(\s*4\s+nodes\s+with\s)([^()]*)(\)\s*)$/;

/** A whole cell, wherever it stands. */
const CELL = /\|\s*\w+\s*~\s*0\s*\|(?:\s*\+\s*\|(?:\s*\w+\s*~\s*\d\s*\|){2,3}){2}/g;

/**
 * Reads an architecture: its official string, also in a line of a log, in quotes or with comments; `Structure(4 nodes with ...)` of AutoDL-Projects, or one of the literals
 * that the other benchmarks and libraries write (see docs/spaces.md). White space between tokens is ignored; the inputs of a node must be written in
 * order, each once, as every published table does.
 *
 * @throws GenotypeSyntaxError (a TenasError, code `GENOTYPE_SYNTAX`) with position, token, what was expected, and a
 * caret line.
 */
export function parseNasBench201(text: string): NasBench201Architecture {
  checkLength(text, WHAT);
  const bare = withoutSurroundings(text, CELL);
  if (isLiteralCell(text)) return nasBench201Architecture(readLiteralCell(text, WHAT));
  // Blanks of the same length keep the positions of errors.
  const tokens = tokenize(
    bare.replace(STRUCTURE, (_, before: string, cell: string, after: string) =>
      [' '.repeat(before.length), cell, ' '.repeat(after.length)].join(''),
    ),
  );
  let next = 0;
  const fail = (expected: string): never => {
    const token = tokens[next];
    throw new GenotypeSyntaxError({
      text,
      position: token?.at ?? text.length,
      token: token?.text ?? '',
      expected,
      what: WHAT,
    });
  };
  const expect = (punctuation: string, why: string): void => {
    if (tokens[next]?.text !== punctuation) fail(`'${punctuation}' ${why}`);
    next += 1;
  };

  const ops: NasBench201Op[] = [];
  for (const { node } of NAS_BENCH_201_NODES) {
    if (node > 1) expect('+', `and the inputs of node ${node}`);
    expect('|', node === 1 ? 'to open the inputs of node 1' : `to open the inputs of node ${node}`);
    for (let input = 0; input < node; input += 1) {
      const op = tokens[next]?.text ?? '';
      if (!isNasBench201Op(op)) {
        return fail(
          `the operation from node ${input} to node ${node}: one of ${NAS_BENCH_201_OPS.join(', ')}`,
        );
      }
      ops.push(op);
      next += 1;
      expect('~', `and the input's number after ${op}`);
      if (tokens[next]?.text !== String(input)) fail(`input ${input} of node ${node}`);
      next += 1;
      const more = input + 1 < node;
      expect('|', more ? `before input ${input + 1} of node ${node}` : `to close the inputs of node ${node}`);
    }
  }
  if (next < tokens.length) fail('the end: a cell has 3 nodes besides its input');
  return nasBench201Architecture(ops);
}
