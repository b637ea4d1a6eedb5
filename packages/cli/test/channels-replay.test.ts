import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Graph } from '@tenas/graph';
import { chooseMetrics, isProbing } from '@tenas/metrics';
import type { FeaturesTask } from '@tenas/native';
import { describe, expect, it } from 'vitest';
import { fixtureOf, readFixtureFile } from '../src/commands/check/fixture-file.js';
import { prepareFixture } from '../src/commands/check/prepared-fixture.js';

// The optimised form of a metric of channels, with the channels that a fixture drew for each output of its network.
const shared = process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const file = join(shared, 'golden-metrics', 'nb201-arch-120-classes.safetensors');
const note = existsSync(file) ? '' : ` (skipped: no ${file}; set TENAS_SHARED)`;

/** The nodes in the order of PyTorch's modules: a projected shortcut, of a pool and a convolution, runs before two layers. */
function inFixtureOrder(nodes: readonly number[], graph: Graph): number[] {
  const ordered = [...nodes];
  for (const pool of nodes.filter((id) => graph.nodes[id]!.op === 'avgPool2d')) {
    const place = ordered.indexOf(pool);
    ordered.splice(place - 6, 0, ...ordered.splice(place, 2));
  }
  return ordered;
}

describe.skipIf(!existsSync(file))(`eight drawn channels of each output${note}`, () => {
  it('give the value of PyTorch in double precision', async () => {
    const fixture = fixtureOf(await readFixtureFile(file));
    const { network } = prepareFixture(file, fixture, {});
    const { graph, program, coefficients, parameters } = network;
    const [chosen] = chooseMetrics([{ metric: 'meco', settings: { channels: 8 } }]);
    const { metric, settings } = chosen!;
    if (!isProbing(metric)) throw new TypeError('no pass');
    const [{ nodes }] = metric.tasks(settings, graph) as [FeaturesTask];
    const ordered = inFixtureOrder(nodes, graph);
    const drawn = fixture.noise.get('meco_opt')!;
    expect(drawn).toHaveLength(8 * nodes.length);
    const channels = nodes.map((id) => {
      const first = 8 * ordered.indexOf(id);
      return Array.from(drawn.subarray(first, first + 8));
    });
    const { evaluations } = await program.evaluate({
      tasks: [{ kind: 'features', nodes, channels }],
      batchSize: 1,
      repeats: [
        {
          inputs: fixture.input.data.subarray(0, fixture.input.data.length / fixture.input.shape[0]!),
          weights: { kind: 'explicit', data: parameters },
        },
      ],
      candidates: [coefficients],
      engine: 'reference',
    });
    const about = { settings, graph, coefficients, weights: () => parameters };
    const expected = fixture.expected.get('metric.meco_opt')!.values[0]!;
    const found = metric.value(evaluations[0]!, about);
    expect(Math.abs(Number(found) - expected)).toBeLessThan(1e-9 * expected);
    program.dispose();
  });
});
