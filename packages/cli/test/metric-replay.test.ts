import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tenas } from './support/run-in-process.js';

// Published metrics on small networks against PyTorch in double precision, where these fixtures are present.
const shared = process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const folder = join(shared, 'golden-metrics');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.safetensors')) : [];
const note = files.length > 0 ? '' : ` (skipped: no fixtures in ${folder}; set TENAS_SHARED)`;

interface Comparison {
  readonly got: number | null;
  readonly expected: number;
  readonly relError: number | null;
  readonly ok: boolean | null;
}

const EXPECTED = [
  'naswot',
  'naswot_mean',
  'synflow',
  'logsynflow',
  'snip',
  'grad_norm',
  'grad_norm_global',
  'plain',
  'l2_norm',
  'knas',
  'gradsign',
  'gradsign_mean',
  'zico',
  'jacov',
  'epe_nas',
  'params',
  'macs',
  'vkdnw_dim',
  ...['condition', 'trace', 'mean_eigenvalue', 'frobenius', 'mean'].flatMap((name) => [
    `ntk_${name}_batch`,
    `ntk_${name}_sample`,
  ]),
  'lga_batch',
  'lga_sample',
  'az_expressivity',
  'az_progressivity',
  'az_trainability',
  'zen',
  'zen_paper',
  'vkdnw_entropy',
  'vkdnw_entropy_repo',
  'meco',
  'swap',
  'swap_regularised',
  'fisher',
  'fisher_channels',
  'grasp',
  'grasp_t200',
];

async function replayed(file: string, engine: string): Promise<Record<string, Comparison>> {
  const { code, out, err } = await tenas(['check', join(folder, file), '--engine', engine, '--json']);
  expect(err).toBe('');
  const [report] = JSON.parse(out);
  expect(report).toMatchObject({
    file: join(folder, file),
    case: file.replace('.safetensors', ''),
    ok: true,
  });
  expect(code).toBe(0);
  return report.metrics;
}

describe.skipIf(files.length === 0)(`metrics of the reference fixtures${note}`, () => {
  it.each(files)('%s', async (file) => {
    const metrics = await replayed(file, 'fast');
    for (const name of EXPECTED) expect(metrics[name], name).toMatchObject({ ok: true });
    // Its batches have to be of one size.
    const alike = file.startsWith('darts-genotype') || file.startsWith('nb201-arch-conv3x3-32px');
    expect(metrics.tegnas_mse?.ok, 'tegnas_mse').toBe(alike ? true : null);
  });

  it('agree to many more digits in double precision', async () => {
    const metrics = await replayed(files.find((file) => file.startsWith('nb201-arch-mixed'))!, 'reference');
    for (const [name, { ok, relError }] of Object.entries(metrics)) {
      // The fixtures allow these more; perturbed images are rounded to single precision.
      const most = /^(zen|vkdnw)/.test(name) ? 1e-6 : 1e-8;
      if (ok !== null) expect(relError, name).toBeLessThan(most);
    }
  });

  it('are told to people in one line', async () => {
    const { out } = await tenas(['check', join(folder, files[0]!)]);
    expect(out).toMatch(
      /^ok {3}[\w-]+: \d+ metrics, at most \w+ [\de.-]+; \d+ more are not built; [\d.]+ s$/m,
    );
  });
});
