import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@tenas/base';

/** Writes binary files as those of CIFAR-10 or CIFAR-100, with random images, into a new folder; returns it. */
export function writeCifar(
  target: string,
  classes: 10 | 100,
  { training: trained = 33, test: tested = 9 } = {},
): string {
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
  writeFileSync(join(target, training!), file(trained));
  writeFileSync(join(target, test!), file(tested));
  return target;
}
