import { describe, expect, it } from 'vitest';
import { shortChoices, shortOperation } from '../src/commands/search/operation-names.js';

describe('operations in progress lines', () => {
  it.each([
    ['nor_conv_3x3', 'conv3'],
    ['sep_conv_5x5', 'sep5'],
    ['dil_conv_3x3', 'dil3'],
    ['avg_pool_3x3', 'avg3'],
    ['max_pool_3x3', 'max3'],
    ['skip_connect', 'skip'],
    ['none', 'none'],
    ['something_else', 'something_else'],
  ])('%s is %s', (op, short) => {
    expect(shortOperation(op)).toBe(short);
  });

  it('name the cell type where there are several', () => {
    expect(shortChoices({ 'cell/1<-0': 'nor_conv_1x1', 'cell/2<-0': 'none' })).toBe('conv1 none');
    expect(shortChoices({ 'normal/0<-0': 'sep_conv_3x3', 'reduce/0<-1': 'max_pool_3x3' })).toBe(
      'normal: sep3 | reduce: max3',
    );
  });
});
