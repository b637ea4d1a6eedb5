import { openDataset, regionBatches, ntkBatch, type DatasetName } from '@tenas/data';
import { getSpace } from '@tenas/spaces';
import { it } from 'vitest';
import { pruneSearch, type Protocol } from '../src/index.js';
it('runs', async () => {
  const name = (process.env.DS ?? 'synthetic') as DatasetName;
  const source = await openDataset({ dataset: name, ...(name === 'cifar10' ? { data: '/work/shared/data/cifar-10-batches-bin' } : {}) });
  for (let k = 0; k < 3; k++) { const t = performance.now(); await regionBatches(source, { seed: 0, repeat: k }); const u = performance.now(); await ntkBatch(source, { batchSize: 32, seed: 0, repeat: k }); console.log('region batch ms', u - t, 'ntk', performance.now() - u); }
  const r = await pruneSearch({ space: getSpace(process.env.SPACE ?? 'nas-bench-201'), source, seed: Number(process.env.SEED ?? 1), protocol: (process.env.PROTO ?? 'fast') as Protocol });
  console.log(r.genotype, r.seconds, r.evaluations, r.failures, r.rounds.map((x) => [x.kind, x.seconds.toFixed(2), x.candidates.length].join()));
}, 600000);
