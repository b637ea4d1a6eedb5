import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchContext, row } from './bench-context.js';
import { runNode } from './child-process.js';
import { tenasCommand } from './paths.js';
import type { Row } from './result.js';

/** The name by which `--only` chooses this. */
export const WHOLE_SPACE = 'metrics-whole-space';

/** Metrics that every cell is scored by: an aggregate stands for its own. */
const METRICS = ['az-nas', 'zico', 'naswot', 'synflow'];

/** The whole of NAS-Bench-201 by several metrics as people score it: wall clock of `tenas batch run`, planning and storing included. */
export async function runWholeSpace(
  context: Pick<BenchContext, 'cifar' | 'seeds' | 'threads'>,
): Promise<Row[]> {
  const { cifar, threads } = context;
  const folder = mkdtempSync(join(tmpdir(), 'tenas-space-'));
  try {
    const dataset = cifar === null ? 'synthetic' : 'cifar10';
    const spec = {
      ...(cifar === null ? {} : { datasets: { cifar10: { data: cifar } } }),
      score: {
        ...{ datasets: dataset, architectures: 'all', metrics: METRICS },
        ...{ seeds: context.seeds.next() % 2 ** 32, repeats: 1 },
      },
    };
    writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
    const args = ['batch', 'run', 'spec.json', '--out', 'results', '--threads', String(threads), '--json'];
    const { seconds, out, peakBytes } = await runNode([tenasCommand, ...args], {
      cwd: folder,
      peakMemory: true,
    });
    const { evaluations } = JSON.parse(out) as { readonly evaluations: number };
    const what = `all cells of NAS-Bench-201 by ${METRICS.join(', ')}`;
    const settings = { network: 'space', metric: METRICS.join('+'), threads, side: 'ours', evaluations };
    const note = {
      note: `${evaluations} cells that are not isomorphic${cifar === null ? ', synthetic' : ''}`,
    };
    return [
      row({ name: WHOLE_SPACE, title: what, unit: 's', target: 90, stretch: 30, settings, ...note }, [
        seconds,
      ]),
      row({ name: `${WHOLE_SPACE}-memory`, title: `peak memory, ${what}`, unit: 'MiB' }, [
        (peakBytes ?? Number.NaN) / 2 ** 20,
      ]),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
