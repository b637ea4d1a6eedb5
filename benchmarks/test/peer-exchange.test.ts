import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileSubject, freshRepeat } from '@tenas/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ntkNet, regionNet } from '../src/peer-cases.js';
import { namedTensors, PeerProcess, readKernel, writeForPeer } from '../src/peer-process.js';
import { relativeDifference } from '../src/peer-run.js';
import { MEASURED_SPACES, protocolNtk, protocolRegions } from '../src/subjects.js';
import { torchMissing } from './torch.js';

describe('namedTensors', () => {
  it('cuts all parameters into tensors and leaves running statistics out', () => {
    const subject = protocolNtk('darts', { mode: 'sample', batchSize: 2 });
    using program = compileSubject(subject);
    const values = program.seededWeights({ seed: 1, repeat: 0, init: 'kaiming_fan_out' });
    const tensors = namedTensors(subject.graph, values);
    expect([...tensors.keys()].filter((name) => name.includes('running'))).toEqual([]);
    expect(tensors.get('stem.0.weight')).toMatchObject({ dtype: 'F32', shape: [1, 3, 3, 3] });
    for (const { shape, data } of tensors.values())
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
  });
});

describe('relativeDifference', () => {
  it('is relative to the expected norm', () => {
    expect(relativeDifference([3, 4.5], [3, 4])).toBeCloseTo(0.1, 12);
    expect(relativeDifference([1], [1, 2])).toBeNaN();
  });
});

describe.skipIf(torchMissing())('the PyTorch peer (needs /usr/bin/python3 with torch)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenas-peer-test-'));
  const file = join(folder, 'for-peer.safetensors');
  let peer: PeerProcess;

  beforeAll(() => {
    peer = new PeerProcess(1);
  });
  afterAll(async () => {
    await peer[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['darts', 'batch', ['published', 'autograd_grad', 'captured_batch', 'batched_vjp', 'functorch_vmap']],
    ['nas-bench-201', 'sample', ['published', 'autograd_grad', 'captured_sample', 'functorch_vmap']],
  ] as const)(
    'computes the kernel of %s in %s mode by %j as the engine does',
    async (name, mode, methods) => {
      const subject = protocolNtk(name, { mode, batchSize: 3 });
      using program = compileSubject(subject);
      writeForPeer(file, { subject, program, seed: 5 });
      const net = ntkNet(name, MEASURED_SPACES[name].supernet.full());
      expect(await peer.ask({ op: 'load', net, file })).toEqual({ parameters: expect.any(Number) });
      const { evaluations } = await program.evaluate({
        tasks: [{ kind: 'ntk', mode }],
        batchSize: 3,
        repeats: [freshRepeat(subject, 5)],
        candidates: [subject.coefficients],
        engine: 'reference',
      });
      for (const method of methods) {
        const out = join(folder, 'kernel.safetensors');
        const { error } = await peer.ask({ op: 'ntk', mode, method, out });
        expect(error).toBeUndefined();
        expect(relativeDifference(readKernel(out), evaluations[0]![0].kernel)).toBeLessThan(1e-4);
      }
    },
  );

  it.each(['nas-bench-201', 'darts'] as const)('counts regions of %s', async (name) => {
    const subject = protocolRegions(name, { batches: 2, batchSize: 60 });
    using program = compileSubject(subject);
    writeForPeer(file, { subject, program, seed: 7 });
    await peer.ask({ op: 'load', net: regionNet(name, MEASURED_SPACES[name].supernet.full()), file });
    const { evaluations } = await program.evaluate({
      tasks: [{ kind: 'regions', batches: 2 }],
      batchSize: 60,
      repeats: [freshRepeat(subject, 7)],
      candidates: [subject.coefficients],
    });
    const { regions, neurons } = evaluations[0]![0];
    for (const method of ['published', 'packed', 'packed_bytes']) {
      const answer = await peer.ask({ op: 'regions', method });
      expect(answer).toMatchObject({ neurons });
      // An input may lie on the edge of a region, up to rounding.
      expect(Math.abs(answer.regions! - regions)).toBeLessThanOrEqual(1);
    }
  });

  it('goes on after a request that fails', async () => {
    expect((await peer.ask({ op: 'ntk', mode: 'batch', method: 'captured_sample' })).error).toContain(
      'constant',
    );
    expect((await peer.ask({ op: 'info' })).torch).toEqual(expect.any(String));
  });
});
