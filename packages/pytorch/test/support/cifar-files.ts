import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@tenas/base';

/** Writes binary files as those of CIFAR-10 or CIFAR-100, with 33 and 9 random images, into a new folder; returns it. */
export function writeCifar(target: string, classes: 10 | 100): string {
  mkdirSync(target);
  const random = new RandomStream('images', classes);
  const file = (count: number) =>
    Buffer.concat(
      Array.from({ length: count }, (_, n) =>
        Buffer.from([
          ...(classes === 100 ? [0] : []),
          n % classes,
          ...Array.from({ length: 3072 }, () => random.below(256)),
        ]),
      ),
    );
  const [training, test] =
    classes === 10 ? ['data_batch_1.bin', 'test_batch.bin'] : ['train.bin', 'test.bin'];
  writeFileSync(join(target, training!), file(33));
  writeFileSync(join(target, test!), file(9));
  return target;
}
