import { numberText } from '@tenas/base';

/** A count in millions, thousands or as it is: `1.32 M`. */
export function scaledText(value: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${numberText(value / size)} ${unit}`;
  }
  return numberText(value);
}

/** A tick of an axis: short. */
export function tickText(value: number): string {
  return Math.abs(value) >= 1e5 ? `${value < 0 ? '−' : ''}${scaledText(Math.abs(value))}` : numberText(value);
}

/** Text cut to a length that a figure can bear. */
export function clipText(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
