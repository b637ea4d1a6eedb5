import { describe, expect, it } from 'vitest';
import { measureInTurn, type NetworkLatency } from '../src/index.js';

const latency = (median: number): NetworkLatency => ({
  ...{ median, p10: median, p90: median, runs: 20, relativeError: 0.01, converged: true, warmUpRuns: 3 },
  ...{ runtimeVersion: '1', memoryBytes: null },
});

describe('measureInTurn', () => {
  it('measures all networks in each round, and keeps the measurement with the smallest median', async () => {
    const medians = [
      [3, 5],
      [2, 9],
      [4, 6],
    ];
    const places: number[] = [];
    const done: number[] = [];
    const least = await measureInTurn(
      async (place) => {
        places.push(place);
        return latency(medians[Math.floor((places.length - 1) / 2)]![place]!);
      },
      { networks: 2, rounds: 3, onMeasured: (one) => done.push(one.done) },
    );
    expect(places).toEqual([0, 1, 0, 1, 0, 1]);
    expect(done).toEqual([1, 2, 3, 4, 5, 6]);
    expect(least.map(({ median }) => median)).toEqual([2, 5]);
  });

  it('takes at least one round', async () => {
    await expect(
      measureInTurn(() => Promise.resolve(latency(1)), { networks: 1, rounds: 0 }),
    ).rejects.toMatchObject({ code: 'SETTING_INVALID', field: 'rounds' });
  });
});
