import { isRecord } from '@tenas/base';
import { METRIC_NEEDS, type Metric } from '../metric.js';
import { METRIC_NAME } from '../registry.js';
import type { MetricCheck } from './check.js';
import { ensure } from './problem.js';

const PROBING = ['pass', 'tasks', 'value'] as const;
const TRAINING = ['training', 'learned'] as const;
const OPTIONAL_FUNCTIONS = ['combine', 'detail'] as const;

function ensureText(value: unknown, field: string, may: { readonly beEmpty: boolean }): void {
  const right = typeof value === 'string' && (may.beEmpty || value.trim() !== '') && !/[\r\n]/.test(value);
  ensure(right, `${field} must be one line of text, got ${JSON.stringify(value)}`, value);
}

/** A metric says what it is. */
export function descriptionChecks(metric: Metric): MetricCheck[] {
  const check = (name: string, run: () => void): MetricCheck => ({ name, quick: true, run });
  const given: unknown = metric;
  return [
    check('has a name, a title, a paper and a direction', () => {
      ensure(isRecord(given), 'a metric must be an object', given);
      const { name, title, paper, better, symbol = 'x', about = 'x' } = given;
      ensure(
        typeof name === 'string' && METRIC_NAME.test(name),
        `name must be lower case letters, digits and hyphens, got ${JSON.stringify(name)}`,
        name,
      );
      ensureText(title, 'title', { beEmpty: false });
      ensureText(paper, 'paper', { beEmpty: true });
      ensureText(symbol, 'symbol', { beEmpty: false });
      ensureText(about, 'about', { beEmpty: false });
      ensure(
        better === 'lower' || better === 'higher',
        `better must be lower or higher, got ${JSON.stringify(better)}`,
        better,
      );
    }),
    check('says what it needs', () => {
      const { needs } = metric;
      const known: readonly string[] = METRIC_NEEDS;
      ensure(
        Array.isArray(needs) && needs.every((need) => known.includes(need)),
        `needs must be a list of some of ${known.join(', ')}, got ${JSON.stringify(needs)}`,
        needs,
      );
    }),
    check('explains its failures', () => {
      const failures: unknown = metric.failures ?? {};
      ensure(isRecord(failures), 'failures must be an object of sentences by reason', failures);
      for (const [reason, sentence] of Object.entries(failures)) {
        ensure(METRIC_NAME.test(reason), `failures: a reason must be a short word, got ${reason}`, reason);
        ensureText(sentence, `failures.${reason}`, { beEmpty: false });
      }
    }),
    check('looks at a network, trains it, or counts', () => {
      ensure(isRecord(given), 'a metric must be an object', given);
      const has = (name: string) => typeof given[name] === 'function';
      const probing = PROBING.filter(has);
      const training = TRAINING.filter(has);
      if (has('count')) {
        const others = [...probing, ...training];
        ensure(others.length === 0, `a metric that counts must not have ${others.join(', ')}`);
      } else if (training.length > 0) {
        ensure(probing.length === 0, `a metric that trains must not have ${probing.join(', ')}`);
        ensure(
          training.length === TRAINING.length,
          `a metric that trains must have the functions ${TRAINING.join(', ')}, got ${training.join(', ')}`,
        );
        ensure(metric.needs.includes('labels'), 'needs must have labels, as training needs them');
      } else {
        const missing = PROBING.filter((name) => !has(name));
        ensure(
          missing.length === 0,
          `it must have the functions ${PROBING.join(', ')}, or ${TRAINING.join(', ')}, or count; missing: ${missing.join(', ')}`,
        );
      }
      for (const name of OPTIONAL_FUNCTIONS) {
        ensure(given[name] === undefined || typeof given[name] === 'function', `${name} must be a function`);
      }
    }),
  ];
}
