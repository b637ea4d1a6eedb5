import { describe, expect, it } from 'vitest';
import { cellGraph, hasTwoInputs, isCell } from '../src/figures/cell-graph.js';

const cell = {
  '0<-0': [],
  '0<-1': ['skip_connect', 'skip_connect'],
  '1<-2': ['sep_conv_3x3'],
  'output<-3': [],
  'output<-0': [],
};

describe('a cell that says what its output joins', () => {
  it('is drawn with a line for each operation, and dotted ones to the output from these states alone', () => {
    expect(isCell(cell)).toBe(true);
    expect(hasTwoInputs(cell)).toBe(true);
    const { description, content } = cellGraph({ name: 'cell', title: 'Cell', cell });
    expect(description).toMatch(/skip.* from cell − 1 to 0; .*skip.* from cell − 1 to 0; .* from 0 to 1\.$/);
    const dotted = content.markup.match(/stroke-dasharray="2 3"/g);
    expect(dotted).toHaveLength(2);
  });

  it('is none with a place that is no edge', () => {
    expect(isCell({ 'output<-x': [] })).toBe(false);
    expect(isCell({ 'output<-99': [] })).toBe(false);
  });
});
