import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@tenas/graph';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { makeFixture, writeFixture } from './support/made-fixture.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
let kernel: Awaited<ReturnType<typeof makeFixture>>;
let regions: Awaited<ReturnType<typeof makeFixture>>;

beforeAll(async () => {
  kernel = await makeFixture('kernel');
  regions = await makeFixture('regions');
});

function file(name: string, given: { tensors: ReadonlyMap<string, Tensor>; case: object | string }): string {
  const path = join(folder, `${name}.safetensors`);
  writeFixture(path, given.tensors, given.case);
  return path;
}

/** The tensors with one of them changed or, with undefined, left out. */
function changed(
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
  change: (tensor: Tensor) => Tensor | undefined,
) {
  const copy = new Map(tensors);
  const tensor = change(copy.get(name)!);
  if (tensor === undefined) copy.delete(name);
  else copy.set(name, tensor);
  return copy;
}

function plusOne({ dtype, shape, data }: Tensor): Tensor {
  if (data instanceof BigInt64Array)
    return { dtype, shape, data: data.map((value, index) => (index === 0 ? value + 1n : value)) };
  return {
    dtype,
    shape,
    data: Float64Array.from(data as Float64Array, (value, index) => (index === 0 ? value + 1 : value)),
  };
}

describe('check of made fixtures', () => {
  it.each(['fast', 'reference'])('agrees with what the %s engine should find', async (engine) => {
    const files = [file('kernel', kernel), file('regions', regions)];
    const { code, out, err } = await tenas(['check', ...files, '--engine', engine, '--json']);
    expect(err).toBe('');
    const [first, second, ...rest] = JSON.parse(out);
    expect(rest).toEqual([]);
    const comparison = {
      relFrobenius: expect.any(Number),
      conditionRelError: expect.any(Number),
      tolerance: expect.any(Object),
      ok: true,
    };
    expect(first).toEqual({
      file: files[0],
      case: 'made-kernel',
      ok: true,
      logits: { maxAbs: expect.any(Number), tolerance: expect.any(Number) },
      ntkBatch: comparison,
      ntkSample: comparison,
      seconds: expect.any(Number),
    });
    expect(second).toMatchObject({ case: 'made-regions', ok: true, popcounts: { differing: 0 } });
    expect(second.regions.got).toBe(second.regions.expected);
    expect(second.neurons.got).toBe(second.neurons.expected);
    expect(code).toBe(0);
  });

  it('prints a line a file for people', async () => {
    const { code, out } = await tenas(['check', file('kernel', kernel)]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ok {3}made-kernel: logits .*, batch kernel .* condition .*, sample kernel .*\n1 of 1 ok\n$/,
    );
  });

  it.each([
    ['logits', 'kernel'],
    ['ntk_batch', 'kernel'],
    ['eigenvalues_batch', 'kernel'],
    ['ntk_sample', 'kernel'],
    ['eigenvalues_sample', 'kernel'],
    ['linear_regions', 'regions'],
    ['neurons', 'regions'],
    ['pattern_popcounts', 'regions'],
  ])('is off, exit code 1, where %s differs', async (name, kind) => {
    const base = kind === 'kernel' ? kernel : regions;
    const path = file(`off-${name}`, {
      tensors: changed(base.tensors, `expected.${name}`, plusOne),
      case: base.case,
    });
    const { code, out } = await tenas(['check', path, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)[0].ok).toBe(false);
  });

  it('checks the other files when one is bad, and names it', async () => {
    const bad = join(folder, 'bad.safetensors');
    writeFileSync(bad, 'not a fixture');
    const { code, out, err } = await tenas(['check', bad, file('kernel', kernel), '--json']);
    expect(code).toBe(2);
    expect(err).toContain(bad);
    expect(JSON.parse(out)).toMatchObject([
      { file: bad, case: null, ok: false, error: { message: expect.stringContaining(bad) } },
      { ok: true },
    ]);
  });

  it('says more of a file that is off than of one that cannot be read', async () => {
    const off = file('off', {
      tensors: changed(kernel.tensors, 'expected.logits', plusOne),
      case: kernel.case,
    });
    expect((await tenas(['check', off, join(folder, 'absent.safetensors')])).code).toBe(1);
  });
});

describe('check of bad files', () => {
  it.each<[string, (path: string) => void, string]>([
    ['an absent file', () => {}, 'no such file'],
    ['an empty file', (path) => writeFileSync(path, ''), 'bytes'],
    [
      'a truncated file',
      (path) => writeFileSync(path, readFileSync(file('whole', kernel)).subarray(0, 5000)),
      'truncated',
    ],
    ['no case', (path) => writeFixture(path, kernel.tensors, ''), 'case'],
    ['a case that is no JSON', (path) => writeFixture(path, kernel.tensors, '{'), 'not JSON'],
    [
      'a case without a space',
      (path) => writeFixture(path, kernel.tensors, { ...kernel.case, space: undefined }),
      'case.space',
    ],
    [
      'an unknown space',
      (path) => writeFixture(path, kernel.tensors, { ...kernel.case, space: 'nasnet' }),
      'nas-bench-201, darts',
    ],
    [
      'an unknown kind',
      (path) => writeFixture(path, kernel.tensors, { ...kernel.case, kind: 'tree' }),
      'case.kind',
    ],
    [
      'an unknown edge',
      (path) => writeFixture(path, kernel.tensors, { ...kernel.case, active: { cell: { '9<-0': [] } } }),
      '9<-0',
    ],
    [
      'no input',
      (path) =>
        writeFixture(
          path,
          changed(kernel.tensors, 'input', () => undefined),
          kernel.case,
        ),
      '`input`',
    ],
    [
      'a parameter left out',
      (path) =>
        writeFixture(
          path,
          changed(kernel.tensors, 'stem.0.weight', () => undefined),
          kernel.case,
        ),
      'stem.0.weight',
    ],
    [
      'a parameter of another shape',
      (path) =>
        writeFixture(
          path,
          changed(kernel.tensors, 'stem.0.weight', ({ dtype, data }) => ({
            dtype,
            shape: [data.length],
            data,
          })),
          kernel.case,
        ),
      'stem.0.weight',
    ],
    [
      'a kernel of another size',
      (path) =>
        writeFixture(
          path,
          changed(kernel.tensors, 'expected.ntk_batch', () => ({
            dtype: 'F64',
            shape: [2, 2],
            data: new Float64Array(4),
          })),
          kernel.case,
        ),
      'expected.ntk_batch',
    ],
    [
      'no regions',
      (path) =>
        writeFixture(
          path,
          changed(regions.tensors, 'expected.linear_regions', () => undefined),
          regions.case,
        ),
      'expected.linear_regions',
    ],
  ])('%s: exit code 2, the file and the problem named', async (what, write, problem) => {
    const path = join(folder, `${what.replaceAll(' ', '-')}.safetensors`);
    write(path);
    const { code, err } = await tenas(['check', path]);
    expect(code).toBe(2);
    expect(err).toContain(path);
    expect(err).toContain(problem);
    expect(err).not.toContain('internal');
  });
});

const golden = join(
  process.env.TENAS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url)),
  'golden',
);
const files = existsSync(golden) ? readdirSync(golden).filter((name) => name.endsWith('.safetensors')) : [];
const note = files.length > 0 ? '' : ` (skipped: no fixtures in ${golden}; set TENAS_SHARED)`;

describe.skipIf(files.length === 0)(`check of the reference fixtures${note}`, () => {
  it('finds all of them ok', async () => {
    const { code, out } = await tenas(['check', ...files.map((name) => join(golden, name)), '--json']);
    const off = JSON.parse(out).filter(({ ok }: { ok: boolean }) => !ok);
    expect(off).toEqual([]);
    expect(code).toBe(0);
  });
});
