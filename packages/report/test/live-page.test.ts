import { describe, expect, it } from 'vitest';
import { LIVE_PARTS, type LiveState, livePage, liveParts, liveStatus } from '../src/index.js';

const hostile = '<img src=x onerror=alert(1)>';
const result = {
  space: 'own',
  dataset: 'synthetic',
  architecture: hostile,
  seed: 3,
  value: 12.5,
  params: 1_234_567,
};
const state: LiveState = {
  jobs: { done: 1500, failed: 2, total: 4000 },
  tasks: [{ name: hostile, done: 1500, failed: 2, total: 4000, secondsEach: 0.25 }],
  rate: 12.5,
  secondsLeft: 90,
  secondsLeftAreLeast: false,
  best: [
    {
      metric: 'naswot',
      better: 'higher',
      results: [result],
      front: [{ ...result, value: 1, params: 10 }, result],
      others: [{ ...result, value: 2, params: 2e6 }],
    },
  ],
  failures: [{ code: 'DATA_INVALID', error: hostile, jobs: 2 }],
  ended: false,
};

describe('the live page', () => {
  it('says in a line how far the batch is', () => {
    expect(liveStatus(state)).toBe('1,500 of 4,000 jobs done, 2 failures, 12.5 jobs/s, about 90 s left');
    expect(liveStatus({ ...state, rate: null, secondsLeft: null })).toBe(
      '1,500 of 4,000 jobs done, 2 failures',
    );
    expect(liveStatus({ ...state, secondsLeftAreLeast: true })).toContain(', more than 90 s left');
    expect(liveParts({ ...state, secondsLeftAreLeast: true }).progress).toContain('&gt; 90 s');
    const ended = { ...state, jobs: { done: 1, failed: 0, total: 1 }, ended: true };
    expect(liveStatus(ended)).toBe('Ended: 1 of 1 job done');
  });

  it('has a place for every part', () => {
    const { html, script } = livePage({ title: hostile, script: 'live.mjs', events: 'events' });
    for (const part of LIVE_PARTS) expect(html).toContain(`<section id="${part}">`);
    expect(html).toContain('data-events="events"');
    expect(html).toContain('connect-src &#39;self&#39;');
    expect(html).not.toContain(hostile);
    expect(script).toContain('EventSource');
  });

  it('escapes what comes from files', () => {
    const parts = liveParts(state);
    expect(Object.keys(parts)).toEqual([...LIVE_PARTS]);
    expect(Object.values(parts).join('')).not.toContain('<img');
    expect(parts.best).toContain('&lt;img src=x');
    expect(parts.best).toContain('1,234,567');
    expect(parts.tasks).toContain('>1,500<');
    expect(parts.failures).toContain('DATA_INVALID');
  });

  it('draws the front, and the best cell where its choices are known', () => {
    expect(liveParts(state).front).toContain('figure-live-front-naswot');
    expect(liveParts(state).best).not.toContain('<svg');
    const edges = { 'cell/1<-0': ['skip_connect'], 'cell/2<-0': ['none'], 'cell/2<-1': ['nor_conv_3x3'] };
    expect(liveParts(state, () => edges).best).toContain('<svg');
  });

  it('leaves out what it does not know', () => {
    const { best, front, failures } = liveParts({ ...state, best: [], failures: [] });
    expect([best, front, failures]).toEqual(['', '', '']);
    const [first] = state.best;
    const uncounted = { ...first!, front: [], others: [] };
    expect(liveParts({ ...state, best: [uncounted] }).front).toBe('');
  });
});
