/**
 * Colours of pages and figures in a light and a dark scheme. The hues are those of Okabe and Ito (2008), which people
 * with any common colour vision tell apart; lightness is adapted to the background, so that text has a contrast of at
 * least 4.5 and lines and symbols of at least 3 (WCAG 2.2, AA). Colour never says anything alone: symbols and words do too.
 */
export const SCHEMES = {
  light: {
    paper: '#ffffff',
    page: '#f6f5f2',
    ink: '#1b1e23',
    soft: '#565c65',
    line: '#d9d7d0',
    panel: '#f1f0ec',
    blue: '#0068a5',
    sky: '#3590c4',
    green: '#008a64',
    orange: '#b87400',
    vermillion: '#c24f00',
    purple: '#b1568c',
    grey: '#74787e',
    onAccent: '#ffffff',
  },
  dark: {
    paper: '#171b21',
    page: '#0f1216',
    ink: '#e9ebee',
    soft: '#a9b0ba',
    line: '#343b45',
    panel: '#1f252d',
    blue: '#4ea8de',
    sky: '#9bd3f5',
    green: '#2bbf94',
    orange: '#e8a626',
    vermillion: '#ff8a4c',
    purple: '#e09cc5',
    grey: '#9aa1ab',
    onAccent: '#0f1216',
  },
} as const;

/** Name of a colour that both schemes have. */
export type ColorName = keyof (typeof SCHEMES)['light'];

/** A colour of whichever scheme is shown, for CSS and inline SVG. */
export function color(name: ColorName): string {
  return `var(--${name})`;
}

/** The custom properties of a scheme, as CSS declarations. */
export function schemeDeclarations(scheme: keyof typeof SCHEMES): string {
  return Object.entries(SCHEMES[scheme])
    .map(([name, value]) => `--${name}:${value};`)
    .join('');
}

/** Markup in which every colour variable is replaced by its value: what stands alone knows no variables. */
export function resolveColors(markup: string, scheme: keyof typeof SCHEMES): string {
  const colors: Readonly<Record<string, string>> = SCHEMES[scheme];
  return markup.replace(/var\(--(\w+)\)/g, (whole, name: string) => colors[name] ?? whole);
}

/** Symbols that Observable Plot draws. */
export type SymbolName = 'circle' | 'square' | 'diamond' | 'triangle' | 'star' | 'wye' | 'cross' | 'hexagon';

/** How an operation looks, the same in every figure. */
export interface OperationStyle {
  /** For people: `conv 3×3`. */
  readonly label: string;
  readonly color: ColorName;
  readonly symbol: SymbolName;
}

const KNOWN: Readonly<Record<string, OperationStyle>> = {
  none: { label: 'none', color: 'grey', symbol: 'cross' },
  skip_connect: { label: 'skip', color: 'grey', symbol: 'circle' },
  nor_conv_1x1: { label: 'conv 1×1', color: 'sky', symbol: 'square' },
  nor_conv_3x3: { label: 'conv 3×3', color: 'blue', symbol: 'diamond' },
  avg_pool_3x3: { label: 'avg pool', color: 'orange', symbol: 'triangle' },
  max_pool_3x3: { label: 'max pool', color: 'vermillion', symbol: 'wye' },
  sep_conv_3x3: { label: 'sep 3×3', color: 'blue', symbol: 'diamond' },
  sep_conv_5x5: { label: 'sep 5×5', color: 'sky', symbol: 'square' },
  dil_conv_3x3: { label: 'dil 3×3', color: 'green', symbol: 'star' },
  dil_conv_5x5: { label: 'dil 5×5', color: 'purple', symbol: 'hexagon' },
};

const OTHERS: readonly (readonly [ColorName, SymbolName])[] = [
  ['green', 'star'],
  ['purple', 'hexagon'],
  ['blue', 'diamond'],
  ['orange', 'triangle'],
  ['sky', 'square'],
  ['vermillion', 'wye'],
];

/** The look of an operation; operations of other spaces get one by their name. */
export function operationStyle(op: string): OperationStyle {
  if (Object.hasOwn(KNOWN, op)) return KNOWN[op]!;
  // A width is more or less, not another kind.
  if (/^\d+$/.test(op)) return { label: op, color: 'grey', symbol: 'square' };
  const sum = [...op].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  const [name, symbol] = OTHERS[sum % OTHERS.length]!;
  return { label: op.replaceAll('_', ' '), color: name, symbol };
}
