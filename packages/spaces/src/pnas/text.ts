import { GenotypeSyntaxError } from '../genotype-syntax-error.js';
import { findKnown } from '../known-name.js';
import { checkLength } from '../literal.js';
import { type PnasArchitecture, type PnasHalf, pnasArchitecture, readableStates } from './cell.js';
import { isPnasOp, PNAS_BLOCKS, PNAS_CELL_INPUTS, PNAS_OPS } from './operations.js';

const WHAT = 'PNAS architecture';

/** Published cells. */
const KNOWN: Readonly<Record<string, string>> = {
  // tensorflow/models, research/slim/nets/nasnet/pnasnet.py; there and in chenxi116/PNASNet.pytorch blocks come in this order.
  'PNASNet-5':
    'sep_conv_5x5~0+max_pool_3x3~0|sep_conv_7x7~1+max_pool_3x3~1|sep_conv_3x3~1+sep_conv_5x5~1|max_pool_3x3~1+sep_conv_3x3~4|sep_conv_3x3~0+skip_connect~1',
};

/** Names that can stand for a cell's text. */
export const KNOWN_PNAS_CELLS: readonly string[] = Object.keys(KNOWN);

/** The text of an architecture: `sep_conv_5x5~0+max_pool_3x3~0|skip_connect~1+sep_conv_3x3~2`, blocks between `|`. */
export function formatPnas({ blocks }: PnasArchitecture): string {
  return blocks.map((halves) => halves.map(({ op, state }) => `${op}~${state}`).join('+')).join('|');
}

/**
 * Reads the text of {@link formatPnas}, or a known name. White space between tokens is ignored.
 *
 * @throws GenotypeSyntaxError (a TenasError, code `GENOTYPE_SYNTAX`) with position, token, what was expected, and a
 * caret line.
 */
export function parsePnas(given: string): PnasArchitecture {
  checkLength(given, WHAT);
  const text = findKnown(KNOWN, given) ?? given;
  const tokens = [...text.matchAll(/[|~+]|[^|~+\s]+/g)].map((match) => ({ text: match[0], at: match.index }));
  let next = 0;
  const fail = (expected: string): never => {
    const token = tokens[next];
    const position = token?.at ?? text.length;
    throw new GenotypeSyntaxError({ text, position, token: token?.text ?? '', expected, what: WHAT });
  };
  const expect = (punctuation: string, why: string): void => {
    if (tokens[next]?.text !== punctuation) fail(`'${punctuation}' ${why}`);
    next += 1;
  };
  const half = (block: number): PnasHalf => {
    const op = tokens[next]?.text ?? '';
    if (!isPnasOp(op)) {
      const names = next === 0 ? ` or a known name (${KNOWN_PNAS_CELLS.join(', ')})` : '';
      return fail(`an operation of block ${block + 1}: one of ${PNAS_OPS.join(', ')}${names}`);
    }
    next += 1;
    expect('~', `and the state that ${op} reads`);
    const number = tokens[next]?.text ?? '';
    const state = Number(number);
    if (!/^\d$/.test(number) || state >= block + PNAS_CELL_INPUTS) return fail(readableStates(block));
    next += 1;
    return { op, state };
  };
  const blocks: PnasHalf[][] = [];
  do {
    if (blocks.length > 0) expect('|', 'and another block, or the end');
    const first = half(blocks.length);
    expect('+', 'and the other operation of the block');
    blocks.push([first, half(blocks.length)]);
  } while (next < tokens.length && blocks.length < PNAS_BLOCKS);
  if (next < tokens.length) fail(`the end: a cell has at most ${PNAS_BLOCKS} blocks`);
  return pnasArchitecture(blocks);
}
