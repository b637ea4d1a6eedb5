import { describe, expect, it } from 'vitest';
import { darts, nasBench101 } from '../src/index.js';

describe('drawings', () => {
  it('have all operations of a DARTS genotype, also twice, and what its output joins', () => {
    const pairs =
      "('none', 0), ('skip_connect', 1), ('skip_connect', 1), ('skip_connect', 1), ('none', 0), ('none', 1), ('sep_conv_3x3', 2), ('max_pool_3x3', 4)";
    const drawn = darts.drawing!(darts.parse(`Genotype([${pairs}], [5, 3], None, [2, 3, 4, 5])`));
    const used = Object.entries(drawn).filter(([place, ops]) => ops.length > 0 || place.includes('output'));
    expect(used).toEqual([
      ['normal/0<-1', ['skip_connect']],
      ['normal/1<-1', ['skip_connect', 'skip_connect']],
      ['normal/3<-2', ['sep_conv_3x3']],
      ['normal/3<-4', ['max_pool_3x3']],
      ['normal/output<-5', []],
      ['normal/output<-3', []],
    ]);
    expect(Object.keys(drawn)).toHaveLength(16);
  });

  it('have the operation of a vertex of NAS-Bench-101 on the lines from it', () => {
    const module = nasBench101.parse('[[[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["conv3x3"]]');
    expect(nasBench101.drawing!(module)).toEqual({
      'cell/1<-0': ['projection'],
      'cell/2<-0': ['projection'],
      'cell/2<-1': ['conv3x3-bn-relu'],
    });
  });
});
