import { SCORE_VERSION } from '@tenas/records';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { createReport, parseResult } from '../src/index.js';
import { madeLatencyScore } from './support/made-results.js';

/** Labels and values of the tiles at the top of the page of a score. */
function tilesOf(score: object): [string, string][] {
  const { html } = createReport([parseResult(JSON.stringify(score), 'score.json')]);
  const { document } = parseHTML(html);
  return [...document.querySelectorAll('.tile')].map((tile) => [
    tile.querySelector('dt')!.textContent!,
    tile.querySelector('dd')!.textContent!,
  ]);
}

describe('the page of a score with a latency model', () => {
  it('shows the predicted latency with its unit and its device, after the scores', () => {
    const score = madeLatencyScore();
    expect(score.scoreVersion).toBe(SCORE_VERSION);
    expect(tilesOf(score)).toEqual([
      ['naswot', '1,121'],
      ['multiply-adds', '47.1 M'],
      ['predicted latency on pixel3', '9.23 ms'],
    ]);
  });

  it('says where a network takes about as long as the fastest that the model knows, or less', () => {
    expect(tilesOf(madeLatencyScore({ value: 1.467, belowRange: true })).at(-1)).toEqual([
      'predicted latency on pixel3',
      '1.47 ms or less',
    ]);
  });

  it('has no such tile without a model', () => {
    const { latency: _, ...score } = madeLatencyScore();
    expect(tilesOf(score).map(([label]) => label)).toEqual(['naswot', 'multiply-adds']);
  });
});
