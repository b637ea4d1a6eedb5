import {
  checkFields,
  checkInteger,
  checkOneOf,
  clip,
  describeValue,
  isRecord,
  TenasError,
  withDefaults,
} from '@tenas/base';
import { describe, expect, it } from 'vitest';

function thrownBy(run: () => unknown): TenasError {
  try {
    run();
  } catch (error) {
    if (error instanceof TenasError) return error;
    throw error;
  }
  throw new Error('threw nothing');
}

describe('argument checks', () => {
  it.each([0, 7, 12])('accept a whole number in its range: %s', (value) => {
    expect(checkInteger('size', value, 0, 12)).toBe(value);
  });

  it.each([
    [-1, 'size must be a whole number from 0 to 12, got -1'],
    [13, 'size must be a whole number from 0 to 12, got 13'],
    [1.5, 'size must be a whole number from 0 to 12, got 1.5'],
    [Number.NaN, 'size must be a whole number from 0 to 12, got NaN'],
    ['3', 'size must be a whole number from 0 to 12, got "3"'],
    [3n, 'size must be a whole number from 0 to 12, got 3n'],
    [undefined, 'size must be a whole number from 0 to 12, got undefined'],
  ])('refuse %s', (value, message) => {
    const error = thrownBy(() => checkInteger('size', value, 0, 12));
    expect(error).toMatchObject({ code: 'SETTING_INVALID', field: 'size', message });
    expect(error.value).toBe(value);
  });

  it('name the least value alone where there is no largest', () => {
    expect(thrownBy(() => checkInteger('seed', -2, 0)).message).toBe(
      'seed must be a whole number of at least 0, got -2',
    );
  });

  it('throw the code of their area', () => {
    const codes = [
      () => checkInteger('C', 0, 1, 9, 'CONFIG_INVALID'),
      () => checkOneOf('macro', 'x', ['cifar'], 'CONFIG_INVALID'),
      () => checkFields('config', null, [], 'CONFIG_INVALID'),
      () => withDefaults({ C: 1 }, JSON.parse('{"D":2}'), 'CONFIG_INVALID'),
    ].map((run) => thrownBy(run).code);
    expect(codes).toEqual(Array(4).fill('CONFIG_INVALID'));
  });

  it('refuse words and fields that are not known, and say which are', () => {
    expect(checkOneOf('mode', 'batch', ['batch', 'sample'])).toBe('batch');
    expect(thrownBy(() => checkOneOf('mode', 'lane', ['batch', 'sample'])).message).toBe(
      'mode must be one of batch, sample, got "lane"',
    );
    checkFields('config', { C: 1 }, ['C', 'N']);
    expect(thrownBy(() => checkFields('config', { depth: 3 }, ['C', 'N']))).toMatchObject({
      field: 'depth',
      message: 'depth must be absent; the known fields are C, N, got 3',
    });
    expect(thrownBy(() => checkFields('config', [1], ['C'])).message).toBe(
      'config must be an object, got [1]',
    );
  });

  it('fill in defaults where nothing was given', () => {
    expect(withDefaults({ a: 1, b: 2 }, { a: undefined, b: 5 })).toEqual({ a: 1, b: 5 });
    expect(thrownBy(() => withDefaults({ a: 1 }, JSON.parse('{"c":2}'))).field).toBe('c');
  });

  it('know a record from arrays, null and the rest', () => {
    expect([{}, { a: 1 }].every(isRecord)).toBe(true);
    expect([null, [], 'text', 1, undefined].some(isRecord)).toBe(false);
  });
});

describe('values in messages', () => {
  it('are short and never throw', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(describeValue(circle)).toMatch(/^({"self":){19}.*\.\.\.$/);
    expect(describeValue([Number.NaN, 1n])).toBe('["NaN","1"]');
    expect(describeValue('x'.repeat(500))).toHaveLength(160 + '... (502 characters)'.length);
    expect(clip('short')).toBe('short');
  });
});
