import { describe, expect, it } from 'vitest';
import { PlanProgress } from '../src/plan-progress.js';

describe('the progress of a plan', () => {
  it('counts units, where all cost the same', () => {
    const plan = new PlanProgress();
    plan.plan({ steps: [4, 6] });
    expect(plan.state({ done: 0, seconds: 0 }, 1)).toEqual({ total: 4, share: 0, secondsLeft: null });
    expect(plan.state({ done: 2, seconds: 3 }, 5)).toEqual({ total: 4, share: 0.2, secondsLeft: 20 });
    plan.finish(10);
    expect(plan.state({ done: 6, seconds: 9 }, 20)).toEqual({ total: 6, share: 1, secondsLeft: 0 });
    expect(plan.steps).toBe(2);
  });

  it('weighs units by their cost, until it knows how long they take', () => {
    const plan = new PlanProgress();
    plan.plan({ steps: [10, 2], costs: [1, 45] });
    expect(plan.state({ done: 5, seconds: 1 }, 1)).toEqual({
      total: 10,
      share: 0.05,
      // 0.2 s for each of five, and 45 times as much for each of two.
      secondsLeft: 1 + 18,
    });
    plan.finish(2);
    expect(plan.state({ done: 1, seconds: 30 }, 32)).toEqual({ total: 2, share: 0.55, secondsLeft: 30 });
  });

  it('takes the word of the strategy for the steps that cost alike, and no longer', () => {
    const plan = new PlanProgress();
    plan.plan({ steps: [10, 2], costs: [1, 5] });
    plan.tell(null);
    expect(plan.state({ done: 5, seconds: 1 }, 1).secondsLeft).toBeNull();
    plan.tell(7);
    expect(plan.state({ done: 5, seconds: 1 }, 1).secondsLeft).toBe(7 + 2);
    plan.finish(2);
    expect(plan.state({ done: 1, seconds: 3 }, 5).secondsLeft).toBe(3);
  });

  it('goes on by another plan, and beyond it', () => {
    const plan = new PlanProgress();
    plan.plan({ steps: [2, 100] });
    plan.finish(1);
    plan.plan({ steps: [3] });
    expect(plan.state({ done: 3, seconds: 1 }, 2)).toMatchObject({ total: 3, share: 1, secondsLeft: 0 });
    plan.finish(1);
    expect(plan.planned).toBeUndefined();
    expect(plan.state({ done: 4, seconds: 1 }, 3)).toMatchObject({ total: 4, share: 1 });
  });
});
