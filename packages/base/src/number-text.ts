/** A whole number with its thousands grouped. */
export function countText(value: number): string {
  return grouped(Math.round(value));
}

/** By hand, as a command would wait 12 ms for the first `Intl.NumberFormat`. */
function grouped(value: number): string {
  const [whole = '', fraction] = (Number.isInteger(value) ? String(BigInt(value)) : String(value)).split('.');
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? text : `${text}.${fraction}`;
}

/** A number for people: three or so digits, thousands grouped, very large and small ones in powers of ten. */
export function numberText(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'none';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  if (magnitude >= 1e7 || magnitude < 1e-4) {
    const [mantissa, exponent] = magnitude.toExponential(digits - 1).split('e');
    return `${sign}${mantissa} × 10${superscript(Number(exponent))}`;
  }
  if (magnitude >= 10 ** digits) return sign + countText(magnitude);
  const rounded = Number(magnitude.toPrecision(digits));
  return sign + (rounded < 1000 ? String(rounded) : grouped(rounded));
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function superscript(value: number): string {
  const digits = [...String(Math.abs(value))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return value < 0 ? `⁻${digits}` : digits;
}

/** Seconds as a duration: `940 ms`, `3.8 s`, `2 min 5 s`, `10 min`, `1 h 20 min`. */
export function durationText(seconds: number): string {
  if (seconds < 0.9995) return `${numberText(seconds * 1000)} ms`;
  if (seconds < 100) return `${numberText(seconds, 2)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return inTwoUnits(whole, 60, 'min', 's');
  return inTwoUnits(Math.floor(whole / 60), 60, 'h', 'min');
}

function inTwoUnits(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  const whole = `${Math.floor(count / size)} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** `1 round`, `2 rounds`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}
