import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, type Safetensors, sizeOf, writeSafetensors } from '@tenas/graph';
import { expect, it } from 'vitest';
import { sharedPath } from './support/shared-data.js';

const folder = sharedPath('golden');

/** Names, types, shapes and bytes: equal strings mean equal contents. */
function contents({ tensors }: Safetensors): string[] {
  return [...tensors].map(([name, { dtype, shape, data }]) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return `${name} ${dtype} ${shape.join('x')} ${bytes.toString('base64')}`;
  });
}

it('reads every reference fixture, and writes it again the same', (context) => {
  if ('reason' in folder) return context.skip(folder.reason);
  const files = readdirSync(folder.path).filter((name) => name.endsWith('.safetensors'));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    const read = readSafetensors(readFileSync(join(folder.path, name)));
    const { tensors, metadata } = read;
    const description = JSON.parse(metadata.case!) as { space: string };
    expect(['nas-bench-201', 'darts']).toContain(description.space);
    for (const { shape, data } of tensors.values()) expect(data.length).toBe(sizeOf(shape));
    const input = tensors.get('input')!;
    expect(input.dtype).toBe('F32');
    expect((input.data as Float32Array).every(Number.isFinite)).toBe(true);
    const regions = tensors.get('expected.linear_regions');
    const expected = regions ?? tensors.get('expected.logits')!;
    expect(expected.dtype).toBe(regions ? 'I64' : 'F64');
    const again = readSafetensors(writeSafetensors(tensors, metadata));
    expect(contents(again)).toEqual(contents(read));
    expect(again.metadata).toEqual(metadata);
  }
});
