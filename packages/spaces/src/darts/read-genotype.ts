import { GenotypeSyntaxError } from '../genotype-syntax-error.js';
import { checkLength, type Fail, type Literal, type LiteralEntry, parseLiteral } from '../literal.js';
import { withoutSurroundings } from '../surrounding-text.js';
import {
  DARTS_CONCAT,
  type DartsArchitecture,
  type DartsCell,
  expectedConcat,
  isConcatState,
} from './genotype.js';
import { isNniArchitecture, readNniArchitecture } from './nni.js';
import type { DartsCellType } from './operations.js';
import { readEdges, readInputs } from './read-inputs.js';

const FIELDS = ['normal', 'normal_concat', 'reduce', 'reduce_concat'] as const;
/** Fields that some authors add. They have to be empty: with anything in them it is another network. */
const EMPTY_FIELDS = ['connectN', 'connects', 'normal_bottleneck', 'reduce_bottleneck'] as const;
const WHAT = 'DARTS genotype';
const ROOT =
  'Genotype(normal=..., normal_concat=..., reduce=..., reduce_concat=...), the same as JSON, or a list of both cells';

const NORMAL_ROOT = 'Genotype(normal=..., normal_concat=...) or the same as JSON';

/** A genotype with its name, wherever it stands: its lists and tuples hold no other parentheses than those of pairs and ranges. */
const GENOTYPE = /\bGenotype\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g;

/** Names of NAS-Bench-301's configurations: `...:edge_normal_3`, `...:inputs_node_reduce_4`. */
const CONFIGURATION = /^(?:.*:)?(?:edge_(normal|reduce)_(\d{1,2})|inputs_node_(?:normal|reduce)_\d)$/;

/**
 * Reads a genotype in any of the forms that are published: the community's text (`range(2, 6)` for a concat and an
 * assignment `NAME = ` before it are understood, and so is a line of a log), the same as JSON or without field names, nodes as tuples of two inputs
 * with or without weights (AutoDL-Projects), a cell as a dictionary from edge to operation, both cells as lists of
 * (state, number of the operation) (NASLib), the configurations of NAS-Bench-301, and NNI's JSON. Where no concat is given, all inner
 * nodes make the output.
 *
 * @throws GenotypeSyntaxError (a TenasError, code `GENOTYPE_SYNTAX`) with position, token, what was expected, and a
 * caret line.
 */
export function parseDarts(given: string): DartsArchitecture {
  const { text, root, fail } = read(given);
  if (root.kind === 'list') {
    const [normal, reduce] = root.items;
    const cells =
      root.items.length === 2 && root.items.every(({ kind }) => kind === 'list' || kind === 'record');
    if (!cells) return fail(root, ROOT);
    return {
      space: 'darts',
      normal: { inputs: readInputs(normal!, fail), concat: DARTS_CONCAT },
      reduce: { inputs: readInputs(reduce!, fail), concat: DARTS_CONCAT },
    };
  }
  if (!isGenotype(root)) return fail(root, ROOT);
  const { entries } = root;
  if (entries.length > 0 && entries.every(({ key }) => CONFIGURATION.test(key))) {
    return readConfiguration(root, fail);
  }
  if (isNniArchitecture(entries)) return readNniArchitecture(entries, { at: root.end, token: '' }, fail);
  const { valueIn, readCell } = readRecord(root, text, fail);
  const normal = readCell('normal');
  const fixed = valueIn('reduce').kind === 'nothing';
  return { space: 'darts', normal, reduce: fixed ? null : readCell('reduce') };
}

/**
 * Reads the normal cell of a genotype whose reduction cell is fixed: the community's text or the same as JSON, without
 * `reduce` and `reduce_concat`, or with `reduce=None`, as the authors of GDAS write it.
 *
 * @throws GenotypeSyntaxError as {@link parseDarts}; also where there is a reduction cell
 */
export function parseNormalCell(given: string): DartsCell {
  const { text, root, fail } = read(given);
  if (!isGenotype(root)) return fail(root, NORMAL_ROOT);
  const { fields, readCell } = readRecord(root, text, fail);
  const reduce = fields.get('reduce')?.value;
  if (reduce !== undefined && reduce.kind !== 'nothing') {
    return fail(reduce, 'None, or no such field: the reduction cell is fixed');
  }
  return readCell('normal');
}

/**
 * Refuses a word in the place of a genotype.
 *
 * @param known the names that are no mistake
 * @param form how a genotype begins
 * @throws GenotypeSyntaxError
 */
export function refuseWord(text: string, known: readonly string[], form: string): void {
  const word = /^\s*([\w-]+)\s*$/.exec(text)?.[1];
  if (word === undefined) return;
  throw new GenotypeSyntaxError({
    text,
    position: text.indexOf(word),
    token: word,
    expected: `a known name (${known.join(', ')}) or ${form}`,
    what: WHAT,
  });
}

/** The literal in a text, without what may stand around it. */
function read(given: string) {
  checkLength(given, WHAT);
  const text = withoutSurroundings(given, GENOTYPE);
  const fail: Fail = (place, expected) => {
    throw new GenotypeSyntaxError({ text, position: place.at, token: place.token, expected, what: WHAT });
  };
  return { text, root: parseLiteral(text, WHAT, FIELDS), fail };
}

type RecordLiteral = Extract<Literal, { kind: 'record' }>;

function isGenotype(root: Literal): root is RecordLiteral & Literal {
  return root.kind === 'record' && ['Genotype', '{'].includes(root.token);
}

/** The fields of a genotype, and its cells. */
function readRecord(root: RecordLiteral, text: string, fail: Fail) {
  const fields = new Map<string, LiteralEntry>();
  for (const entry of root.entries) {
    const place = { at: entry.at, token: entry.key };
    const extra = EMPTY_FIELDS.some((field) => field === entry.key);
    if (!extra && !(FIELDS as readonly string[]).includes(entry.key))
      fail(place, `one of the fields ${FIELDS.join(', ')}`);
    if (extra && !isEmpty(entry.value)) fail(entry.value, 'None: there are no such connections');
    if (fields.has(entry.key)) fail(place, `each field once, ${entry.key} is repeated`);
    fields.set(entry.key, entry);
  }
  const valueIn = (field: string) =>
    fields.get(field)?.value ?? fail({ at: root.end, token: text[root.end] ?? '' }, `the field ${field}`);
  const noConcat = !fields.has('normal_concat') && !fields.has('reduce_concat');
  const readCell = (type: DartsCellType): DartsCell => ({
    inputs: readInputs(valueIn(type), fail),
    concat: noConcat ? DARTS_CONCAT : readConcat(type, valueIn(`${type}_concat`), fail),
  });
  return { fields, valueIn, readCell };
}

function isEmpty(value: Literal): boolean {
  return value.kind === 'nothing' || (value.kind === 'string' && value.value === '');
}

function readConfiguration(root: RecordLiteral, fail: Fail): DartsArchitecture {
  const readCell = (type: DartsCellType): DartsCell => {
    const edges = root.entries.flatMap(({ key, at, value }) => {
      const match = CONFIGURATION.exec(key);
      return match?.[1] === type ? [{ key: `#${match[2]}`, at, value }] : [];
    });
    return { inputs: readEdges(edges, root, fail), concat: DARTS_CONCAT };
  };
  return { space: 'darts', normal: readCell('normal'), reduce: readCell('reduce') };
}

function readConcat(type: DartsCellType, value: Literal, fail: Fail): number[] {
  if (value.kind !== 'list') return fail(value, `a list for ${type}_concat`);
  if (value.items.length === 0) return fail(value, 'at least one state');
  const states: number[] = [];
  for (const item of value.items) {
    if (item.kind !== 'integer' || !isConcatState(type, item.value) || states.includes(item.value)) {
      return fail(item, expectedConcat(type));
    }
    states.push(item.value);
  }
  return states;
}
