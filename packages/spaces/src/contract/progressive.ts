import { type ContractCheck, RandomStream } from '@tenas/base';
import { graphCost } from '@tenas/graph';
import type { Progressive, ProgressiveBlock } from '../progressive.js';
import { demand, demandSame, type Subject } from './subject.js';

function demandBlocks({ fields, blocks: blocksOf }: Progressive, level: number): readonly ProgressiveBlock[] {
  const field = `progressive.blocks(${level})`;
  const blocks: readonly ProgressiveBlock[] = blocksOf(level);
  demand(blocks.length > 0, field, 'must be a list of blocks');
  demand(new Set(blocks.map(String)).size === blocks.length, field, 'lists a block twice');
  for (const block of blocks) {
    const fits =
      block.length === fields.length &&
      block.every((number, place) => Number.isInteger(number) && number >= 0 && number < fields[place]!.size);
    demand(fits, field, `must have a number below its size for each field, got ${JSON.stringify(block)}`);
  }
  return blocks;
}

/** Levels, blocks and the architectures that are built of them. */
export function progressiveChecks(subject: Subject): ContractCheck[] {
  const { space, samples, images } = subject;
  const { progressive } = space;
  if (progressive === undefined) return [];
  return [
    {
      name: 'builds architectures block by block',
      run() {
        const { levels, fields } = progressive;
        demand(
          Number.isInteger(levels) && levels > 1,
          'progressive.levels',
          'must be a whole number above 1',
        );
        const sizes = new Map(fields.map(({ vocabulary, size }) => [vocabulary, size]));
        demand(
          fields.length > 0 &&
            fields.every(({ vocabulary, size }) => size > 0 && sizes.get(vocabulary) === size),
          'progressive.fields',
          'must have a size above 0, the same in all fields of one vocabulary',
        );
        const all = Array.from({ length: levels }, (_, level) => demandBlocks(progressive, level + 1));
        const random = new RandomStream('contract blocks', samples);
        // Of lists with as many blocks: with fewer, other blocks may still come.
        const texts = new Map<string, string>();
        for (let draw = 0; draw < samples; draw += 1) {
          const whole = all.map((blocks) => random.pick(blocks));
          for (let level = 1; level <= levels; level += 1) {
            const blocks = whole.slice(0, level);
            const architecture = progressive.architecture(blocks);
            const text = space.format(architecture);
            demandSame(
              space.format(space.parse(text)),
              text,
              'parse',
              'reads another architecture than was built',
            );
            const key = progressive.key(blocks);
            demand(typeof key === 'string', 'progressive.key', 'must be text');
            const place = `${level} ${text}`;
            const known = texts.get(place) ?? key;
            demand(known === key, 'progressive.key', `gives two keys for ${text}`);
            texts.set(place, key);
            const { macs } = graphCost(space.network(architecture, space.sizes.proxy(images[0]!)));
            demand(macs > 0, 'progressive.architecture', 'has a network that computes nothing');
          }
        }
      },
    },
  ];
}
