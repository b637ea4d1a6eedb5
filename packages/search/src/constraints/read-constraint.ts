import { describeValue, nearWords, TenasError, wordsText } from '@tenas/base';

/** An upper bound on what an answer costs, as it is written: `params<=0.4M`. */
export interface ConstraintBound {
  /** What is bounded. */
  readonly name: ConstraintName;
  readonly op: '<=';
  /** In {@link unit}. */
  readonly limit: number;
  readonly unit: string;
}

/** What a constraint may bound. */
export type ConstraintName = 'params' | 'macs' | 'latency' | 'memory';

const COUNTS = { '': 1, K: 1e3, M: 1e6, G: 1e9 };

interface Quantity {
  readonly unit: string;
  /** Suffixes, and how much of the unit each is. An empty one is no suffix. */
  readonly suffixes: Readonly<Record<string, number>>;
  /** Other words for it. */
  readonly words: readonly string[];
  readonly example: string;
}

const QUANTITIES: Readonly<Record<ConstraintName, Quantity>> = {
  params: {
    unit: 'parameters',
    suffixes: COUNTS,
    words: ['parameters', 'weights', 'size'],
    example: '0.4M',
  },
  macs: {
    unit: 'multiply-adds',
    suffixes: COUNTS,
    words: ['flops', 'multiply-adds', 'madds'],
    example: '100M',
  },
  latency: { unit: 'ms', suffixes: { us: 1e-3, ms: 1, s: 1e3 }, words: ['time', 'ms'], example: '20ms' },
  memory: {
    unit: 'bytes',
    suffixes: { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
    words: ['ram', 'peak'],
    example: '4MiB',
  },
};

/** What constraints may bound, in the order of the help. */
export const CONSTRAINT_NAMES = Object.keys(QUANTITIES) as readonly ConstraintName[];

/** The unit of a cost. */
export function unitOf(name: ConstraintName): string {
  return QUANTITIES[name].unit;
}

/** Texts of constraints, one for each name, for help and messages. */
export const CONSTRAINT_EXAMPLES: readonly string[] = CONSTRAINT_NAMES.map(
  (name) => `${name}<=${QUANTITIES[name].example}`,
);

const LONGEST = 200;
const CONSTRAINT = /^\s*([A-Za-z-]+)\s*(<=|>=|==|<|>|=)\s*([+-]?[\d.,]+(?:e[+-]?\d+)?)\s*([A-Za-z]*)\s*$/;

/**
 * Reads constraints, such as `params<=0.4M`. Spaces are allowed between their parts.
 *
 * @param field of the texts, for errors
 * @returns the bounds in the order of the texts
 * @throws TenasError `CONSTRAINT_INVALID` naming the text, what is wrong in it and what would be right
 */
export function readConstraints(texts: readonly string[], field = 'constraints'): ConstraintBound[] {
  const bounds: ConstraintBound[] = [];
  for (const text of texts) {
    const bound = readConstraint(text, field);
    const known = bounds.find(({ name }) => name === bound.name);
    if (known !== undefined) throw invalid(field, text, `${bound.name} is bounded twice; give it once`);
    bounds.push(bound);
  }
  return bounds;
}

function readConstraint(text: string, field: string): ConstraintBound {
  if (text.length > LONGEST) {
    throw invalid(field, `${text.slice(0, 20)}...`, `is longer than ${LONGEST} characters`);
  }
  const [, word, op, amount, suffix] = CONSTRAINT.exec(text) ?? [];
  if (word === undefined || op === undefined || amount === undefined || suffix === undefined) {
    throw invalid(field, text, `must be a name, <= and a number, such as ${CONSTRAINT_EXAMPLES[0]}`);
  }
  const name = nameOf(word, text, field);
  const { unit, suffixes, example } = QUANTITIES[name];
  if (op !== '<=') {
    throw invalid(field, text, `has ${op}; constraints are upper bounds: ${name}<=${amount}${suffix}`);
  }
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(amount) ? Number(amount) : Number.NaN;
  if (!(number > 0)) {
    throw invalid(
      field,
      text,
      `has ${amount}; the bound must be a number above 0, such as ${name}<=${example}`,
    );
  }
  const factor = suffixes[suffixIn(suffix, suffixes)];
  if (factor === undefined) {
    const known = wordsText(Object.keys(suffixes).filter((one) => one !== ''));
    const found = suffix === '' ? 'has no unit' : `has the unit ${suffix}`;
    throw invalid(field, text, `${found}; ${name} takes ${known}, such as ${name}<=${example}`);
  }
  const limit = number * factor;
  if (!Number.isFinite(limit))
    throw invalid(field, text, `has ${amount}${suffix}, which is no finite number`);
  return { name, op, limit, unit };
}

/** A suffix as it is listed: kilo may be a small letter, as in `k` and `kB`. */
function suffixIn(given: string, suffixes: Readonly<Record<string, number>>): string {
  const capital = given.replace(/^k/, 'K');
  return Object.hasOwn(suffixes, capital) ? capital : 'unknown';
}

function nameOf(word: string, text: string, field: string): ConstraintName {
  const given = word.toLowerCase();
  const found = CONSTRAINT_NAMES.find((name) => name === given);
  if (found !== undefined) return found;
  const meant =
    CONSTRAINT_NAMES.find((name) => QUANTITIES[name].words.includes(given)) ??
    nearWords(given, CONSTRAINT_NAMES)[0];
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  throw invalid(field, text, `bounds ${word}, must be one of ${wordsText(CONSTRAINT_NAMES)}${hint}`);
}

function invalid(field: string, text: string, problem: string): TenasError {
  return new TenasError('CONSTRAINT_INVALID', `${field}: ${describeValue(text)} ${problem}`, {
    field,
    value: text,
  });
}

const SHOWN: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  bytes: [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
    ['B', 1],
  ],
  ms: [['ms', 1]],
};
const SHOWN_COUNTS = [
  ['G', 1e9],
  ['M', 1e6],
  ['K', 1e3],
  ['', 1],
] as const;

/** An amount as constraints are written, to 4 digits: `0.4M`, `12.35ms`. */
export function amountText(amount: number, unit: string): string {
  const scales = SHOWN[unit] ?? SHOWN_COUNTS;
  const [suffix, factor] = scales.find(([, size]) => amount >= size) ?? scales.at(-1)!;
  return `${Number((amount / factor).toPrecision(4))}${suffix}`;
}

/** A constraint as it is written. */
export function constraintText(bound: Omit<ConstraintBound, 'name'> & { readonly name: string }): string {
  const { name, op, limit, unit } = bound;
  return `${name}${op}${amountText(limit, unit)}`;
}
