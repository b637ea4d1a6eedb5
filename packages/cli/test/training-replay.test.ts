import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, writeSafetensors } from '@tenas/graph';
import { afterAll, describe, expect, it } from 'vitest';
import { tenas } from './support/run-in-process.js';

// Losses, gradients and training runs against PyTorch in double precision, where these fixtures are present.
const shared = process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const folder = join(shared, 'golden-train');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.safetensors')) : [];
const note = files.length > 0 ? '' : ` (skipped: no fixtures in ${folder}; set TENAS_SHARED)`;

const KINDS: Readonly<Record<string, readonly string[]>> = {
  gradient: ['loss', 'loss_smoothed', 'gradient', 'logits', 'state.running_var', 'eval_logits'],
  sgd: ['losses', 'gradient_norms', 'learning_rates', 'after_1', 'final', 'final.running_var', 'eval_logits'],
  alphas: ['losses', 'coefficients', 'alpha_gradients', 'alphas', 'final.running_mean'],
};

async function replayed(file: string, engine: string) {
  const { code, out } = await tenas(['check', join(folder, file), '--engine', engine, '--json']);
  const [report] = JSON.parse(out);
  const offs = Object.entries<number>(report.deviations).filter(
    ([kind, value]) => !(value <= report.tolerances[kind]),
  );
  expect(offs).toEqual([]);
  expect(report).toMatchObject({
    file: join(folder, file),
    case: file.replace('.safetensors', ''),
    ok: true,
  });
  expect(Object.keys(report.deviations)).toEqual(expect.arrayContaining(KINDS[report.task] as string[]));
  expect(code).toBe(0);
  return report;
}

const scratch = mkdtempSync(join(tmpdir(), 'tenas-training-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Tensors = ReturnType<typeof readSafetensors>['tensors'];

/** What is said of a fixture whose tensors were spoilt. */
async function refusal(file: string, spoil: (tensors: Tensors) => void): Promise<string> {
  const { tensors, metadata } = readSafetensors(readFileSync(join(folder, file)));
  spoil(tensors);
  const path = join(scratch, file);
  writeFileSync(path, writeSafetensors(tensors, metadata));
  const { code, out } = await tenas(['check', path, '--json']);
  expect(code).toBe(2);
  const [report] = JSON.parse(out);
  expect(report.ok).toBe(false);
  return report.error.message;
}

describe.skipIf(files.length === 0)(`training fixtures${note}`, () => {
  it.each(files)('%s in single precision', async (file) => {
    await replayed(file, 'fast');
  });

  it.each(files)('%s in double precision', async (file) => {
    await replayed(file, 'reference');
  });

  it('hold all forms of a gradient by coefficients', async () => {
    const gradient = await replayed('gradient-darts-supernet.safetensors', 'fast');
    expect(gradient.deviations).toHaveProperty('coefficient_gradient_all');
    const gdas = await replayed('alphas-gdas-nb201.safetensors', 'fast');
    expect(gdas.deviations).toHaveProperty('alpha_gradients_all');
    expect(gdas.deviations).toHaveProperty('alpha_gradients_constants');
  });

  it('are refused where a part of what they expect would be compared with nothing', async () => {
    const sgd = 'sgd-nesterov-nb201-arch.safetensors';
    const renamed = (from: string) => (tensors: Tensors) => {
      tensors.set(`${from}x`, tensors.get(from)!);
      tensors.delete(from);
    };
    expect(await refusal(sgd, renamed('expected.final.stem.0.weight'))).toMatch(
      /has a tensor expected\.final\.stem\.0\.weightx, with which a case of the task sgd compares nothing/,
    );
    const without = (prefix: string) => (tensors: Tensors) => {
      for (const name of [...tensors.keys()]) if (name.startsWith(prefix)) tensors.delete(name);
    };
    expect(await refusal(sgd, without('expected.after_1.'))).toMatch(/has no tensor expected\.after_1\.\*/);
    const rates = without('expected.learning_rates');
    expect(await refusal('alphas-and-weights-nb201.safetensors', rates)).toMatch(
      /has no tensor expected\.learning_rates/,
    );
  });

  it('are refused where a batch names an image that is not there', async () => {
    const message = await refusal('sgd-nesterov-nb201-arch.safetensors', (tensors) => {
      const batches = tensors.get('batches')!;
      tensors.set('batches', { ...batches, data: new BigInt64Array(batches.data.length).fill(9999n) });
    });
    expect(message).toMatch(/batches names image 9999; there are \d+, from 0/);
  });

  it('are told to people in one line', async () => {
    const { out } = await tenas(['check', join(folder, 'sgd-nesterov-nb201-arch.safetensors')]);
    expect(out).toMatch(
      /^ok {3}sgd-nesterov-nb201-arch: sgd, \d+ kinds of tensors, at most \S+ \S+; \S+ s\n1 of 1 ok\n$/,
    );
  });
});
