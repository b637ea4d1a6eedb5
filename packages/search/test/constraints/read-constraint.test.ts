import { TenasError } from '@tenas/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constraintText, readConstraints } from '../../src/index.js';

function refusal(...texts: string[]): TenasError {
  try {
    readConstraints(texts, '--constraint');
  } catch (error) {
    if (error instanceof TenasError) return error;
  }
  throw new Error(`${texts.join(', ')} must be refused`);
}

describe('constraints as text', () => {
  it.each([
    ['params<=0.4M', 'params', 400_000, 'parameters'],
    [' params <= 1e6 ', 'params', 1e6, 'parameters'],
    ['macs<=100M', 'macs', 1e8, 'multiply-adds'],
    ['MACs <= 1.5 G', 'macs', 1.5e9, 'multiply-adds'],
    ['params<=300k', 'params', 300_000, 'parameters'],
    ['latency<=20ms', 'latency', 20, 'ms'],
    ['latency<= 0.5 s', 'latency', 500, 'ms'],
    ['memory<=4MiB', 'memory', 4 * 2 ** 20, 'bytes'],
    ['memory<=12 kB', 'memory', 12_000, 'bytes'],
  ])('reads %s', (text, name, limit, unit) => {
    expect(readConstraints([text])).toEqual([{ name, op: '<=', limit, unit }]);
  });

  it('reads several in their order', () => {
    expect(readConstraints(['macs<=1M', 'params<=1K']).map(({ name }) => name)).toEqual(['macs', 'params']);
  });

  it.each([
    ['', /must be a name, <= and a number, such as params<=0.4M/],
    ['params', /must be a name/],
    ['params<=', /must be a name/],
    ['params<=abc', /must be a name/],
    ['flops<=1M', /bounds flops, must be one of params, macs, latency, memory; did you mean macs\?/],
    ['parms<=1M', /did you mean params\?/],
    ['depth<=3', /must be one of params, macs, latency, memory$/],
    ['params>=1M', /has >=; constraints are upper bounds: params<=1M/],
    ['params<1M', /has <; /],
    ['params=1M', /has =; /],
    ['params<=0', /has 0; the bound must be a number above 0/],
    ['params<=-1M', /above 0/],
    ['params<=1,000', /has 1,000; /],
    ['params<=1.2.3', /above 0/],
    ['params<=1m', /has the unit m; params takes K, M, G/],
    ['params<=1MiB', /has the unit MiB/],
    ['latency<=20', /has no unit; latency takes us, ms, s, such as latency<=20ms/],
    ['memory<=20', /has no unit; memory takes B, KB, MB, GB, KiB, MiB, GiB/],
    ['params<=1e400', /number/],
    ['params<=1M macs<=2M', /must be a name/],
  ])('refuses %j', (text, problem) => {
    const error = refusal(text);
    expect(error.code).toBe('CONSTRAINT_INVALID');
    expect(error.field).toBe('--constraint');
    expect(error.message).toMatch(problem);
    expect(error.message).toContain(JSON.stringify(text));
  });

  it('refuses two bounds on one cost, and texts without an end', () => {
    expect(refusal('params<=1M', 'params<=2M').message).toMatch(/params is bounded twice/);
    expect(refusal(`params<=${'1'.repeat(1000)}`).message.length).toBeLessThan(120);
  });

  it('reads what it writes, and any other text is read or refused with a code', () => {
    const name = fc.constantFrom('params', 'macs', 'latency', 'memory');
    fc.assert(
      fc.property(name, fc.double({ min: 1, max: 9999, noNaN: true }), (known, amount) => {
        const unit = { params: 'M', macs: 'K', latency: 'ms', memory: 'KiB' }[known]!;
        const [bound] = readConstraints([`${known}<=${amount.toFixed(3)}${unit}`]);
        const [again] = readConstraints([constraintText(bound!)]);
        expect(again!.limit / bound!.limit).toBeCloseTo(1, 3);
      }),
    );
    const part = fc.constantFrom(
      'params',
      'macs',
      '<=',
      '>=',
      '1',
      '.',
      'M',
      'ms',
      ' ',
      '-',
      'e9',
      '\n',
      'µ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            const [bound] = readConstraints([text]);
            expect(bound!.limit).toBeGreaterThan(0);
            expect(Number.isFinite(bound!.limit)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(TenasError);
            expect((error as TenasError).code).toBe('CONSTRAINT_INVALID');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
