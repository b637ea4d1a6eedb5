import { numberText } from '@tenas/base';

/** Larger numbers are not shown as counts. */
const MOST_SCALED = 1e12;

/** A count in thousands, millions or milliards (`1.32 M`), as it is, or in powers of ten. */
export function scaledText(value: number): string {
  if (value >= MOST_SCALED) return numberText(value);
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${numberText(value / size)} ${unit}`;
  }
  return numberText(value);
}

const tick = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });

/** A tick of an axis: short, but with all the digits that tell it from the next. */
export function tickText(value: number): string {
  const magnitude = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  if (magnitude >= MOST_SCALED || (magnitude < 1e-4 && value !== 0)) {
    return (
      sign +
      numberText(magnitude)
        .replaceAll(' ', '')
        .replace(/\.?0+×/, '×')
    );
  }
  return sign + (magnitude >= 1e5 ? scaledText(magnitude) : tick.format(magnitude));
}

/** Text cut to a length that a figure can bear. */
export function clipText(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
