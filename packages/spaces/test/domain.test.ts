import { describe, expect, it } from 'vitest';
import {
  cellAndEdge,
  checkChoices,
  checkDomain,
  type Decision,
  flatDomain,
  fullDomain,
  nestedDomain,
  openChoices,
} from '../src/index.js';

const decisions: readonly Decision[] = [
  { name: 'normal/0<-0', choices: ['none', 'skip', 'conv'], group: 'normal' },
  { name: 'reduce/0<-1', choices: ['none', 'skip'], group: 'reduce' },
];

describe('domains', () => {
  it('are full with or without some choices, and list what is open in order', () => {
    expect(fullDomain(decisions)).toEqual({
      'normal/0<-0': ['none', 'skip', 'conv'],
      'reduce/0<-1': ['none', 'skip'],
    });
    expect(openChoices(fullDomain(decisions, ['none']))).toEqual([
      { decision: 'normal/0<-0', choice: 'skip' },
      { decision: 'normal/0<-0', choice: 'conv' },
      { decision: 'reduce/0<-1', choice: 'skip' },
    ]);
  });

  it('come out of the check in the order of the decisions and choices', () => {
    const checked = checkDomain(decisions, { 'reduce/0<-1': ['skip', 'none'], 'normal/0<-0': [] });
    expect(JSON.stringify(checked)).toBe('{"normal/0<-0":[],"reduce/0<-1":["none","skip"]}');
  });

  it('nest by cell type and edge and come back', () => {
    const domain = fullDomain(decisions, ['none']);
    const nested = { normal: { '0<-0': ['skip', 'conv'] }, reduce: { '0<-1': ['skip'] } };
    expect(nestedDomain(domain)).toEqual(nested);
    expect(flatDomain(nested)).toEqual(domain);
    expect(cellAndEdge('stage/2/width')).toEqual({ cell: 'stage', edge: '2/width' });
    expect(flatDomain(nestedDomain({ width: ['8'] }))).toEqual({ width: ['8'] });
  });
});

describe('choices', () => {
  it('need one of its own for every decision', () => {
    const choices = { 'normal/0<-0': 'conv', 'reduce/0<-1': 'none' };
    expect(checkChoices(decisions, choices)).toEqual(choices);
    for (const [field, wrong] of [
      ['choices', []],
      ['choices.reduce/0<-1', { 'normal/0<-0': 'conv' }],
      ['choices.stem', { ...choices, stem: 'conv' }],
      ['choices.reduce/0<-1', { ...choices, 'reduce/0<-1': 'conv' }],
      ['choices.reduce/0<-1', { ...choices, 'reduce/0<-1': ['skip'] }],
    ] as const) {
      expect(() => checkChoices(decisions, wrong)).toThrow(
        expect.objectContaining({ code: 'CHOICES_INVALID', field }),
      );
    }
  });
});
