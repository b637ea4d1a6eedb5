import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  type TrainingCheckpoint,
  writeCheckpoint,
} from '@tenas/train';
import { describe, expect, it } from 'vitest';

const CHECKPOINT: TrainingCheckpoint = {
  settings: { architecture: 'ä|b', epochs: 3, 'sgd.nesterov': true },
  epochs: [
    { trainLoss: 0.1 + 0.2, trainAccuracy: 1 / 3, validAccuracy: null, seconds: 1, imagesPerSecond: 5 },
  ],
  underWay: { steps: 2, images: 20, loss: Math.PI, correct: 7, seconds: 0.5 },
  snapshot: Uint8Array.from({ length: 1000 }, (_, index) => index % 251),
};

describe('checkpoints', () => {
  it('are read as they were written, numbers to the bit', () => {
    expect(decodeCheckpoint(encodeCheckpoint(CHECKPOINT), 'here')).toEqual(CHECKPOINT);
  });

  it('are refused where a byte is missing or another', () => {
    const bytes = encodeCheckpoint(CHECKPOINT);
    const refusal = expect.objectContaining({
      code: 'CHECKPOINT_INVALID',
      field: 'checkpoint',
      value: 'here',
    });
    for (let place = 0; place < bytes.length; place += 7) {
      const changed = Uint8Array.from(bytes);
      changed[place]! ^= 4;
      expect(() => decodeCheckpoint(changed, 'here')).toThrow(refusal);
      expect(() => decodeCheckpoint(bytes.slice(0, place), 'here')).toThrow(refusal);
    }
  });

  it.each([
    ['{', 'it is not valid JSON'],
    ['{"settings":{},"settings":{},"epochs":[]}', 'a key is given twice: "settings"'],
    ['[[[[[]]]]]', 'nested deeper than 4 levels'],
    ['{"settings":{"__proto__":{}},"epochs":[],"underWay":{}}', 'does not hold what it should'],
    ['null', 'does not hold what it should'],
  ])('are refused where the sum is right, but the header is %s', (header, problem) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(header.length);
    const content = Buffer.concat([Buffer.from('tenas training 1\n'), length, Buffer.from(header)]);
    const bytes = Buffer.concat([content, createHash('sha256').update(content).digest()]);
    expect(() => decodeCheckpoint(bytes, 'here')).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_INVALID',
        value: 'here',
        message: expect.stringContaining(problem),
      }),
    );
  });

  it('replace each other in a file, which may be absent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tenas-checkpoint-'));
    try {
      const path = join(folder, 'checkpoint');
      expect(await readCheckpoint(path)).toBeUndefined();
      await writeCheckpoint(path, CHECKPOINT);
      const later = { ...CHECKPOINT, snapshot: Uint8Array.of(1) };
      await writeCheckpoint(path, later);
      expect(await readCheckpoint(path)).toEqual(later);
      expect(await readdir(folder)).toEqual(['checkpoint']);
      await writeFile(path, (await readFile(path)).subarray(1));
      await expect(readCheckpoint(path)).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID', value: path });
      await expect(readCheckpoint(folder)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
