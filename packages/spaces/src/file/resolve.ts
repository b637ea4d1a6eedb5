import type { FieldPath, ReadYaml } from '@tenas/base/yaml';
import type { Amount, Block, SpacePlan, Stage } from './plan.js';
import { type BlockPlace, BlockResolver, choiceText } from './resolve-blocks.js';
import type { BlockSpec, Open, SpaceFile, StageSpec } from './schema.js';

/** Channels stay multiples of the groups of all convolutions, in small networks too. */
const MOST_MULTIPLE = 64;
/** Layers of a network, all stages together. */
const MOST_LAYERS = 1000;

/** The one decision of a space without any: contracts want one. */
const NO_DECISION = { name: 'network', choices: ['fixed'] };

type Fail = ReadYaml<SpaceFile>['fieldError'];

/**
 * What a file describes, with references followed and open values made decisions.
 * @throws TenasError naming line and field of a name that is not known, a block that refers to itself, or more than there
 * may be
 */
export function resolveSpace(read: ReadYaml<SpaceFile>): SpacePlan {
  const { value: file, fieldError: fail } = read;
  const resolver = new BlockResolver(read);
  const { stem, head } = file;
  const names = stageNames(file, fail);
  const stages: Stage[] = [
    {
      name: 'stem',
      channels: stem.channels,
      stride: amount(resolver, stem.stride, 'stride', { at: ['stem'], group: 'stem' }),
      layers: null,
      blocks: [resolver.block(stem.block, placeOf('stem', ['stem', 'block']))],
    },
  ];
  if ([...resolver.groups].some((groups) => groups > 1)) {
    throw fail(['stem', 'block'], 'the stem reads images, whose channels have no groups; give 1 group');
  }
  for (const [index, spec] of file.stages.entries()) {
    stages.push(stageOf(resolver, spec, { name: names[index]!, at: ['stages', index] }));
  }
  if (head !== undefined) {
    stages.push({
      name: 'head',
      channels: amount(resolver, head.channels, 'channels', { at: ['head'], group: 'head' }),
      stride: 1,
      layers: null,
      blocks: [resolver.block(head.block, placeOf('head', ['head', 'block']))],
    });
  }
  const usesN = file.stages.some(({ layers }) => layers === 'N');
  checkN(file, usesN, fail);
  checkLayers(file, fail);
  const multiple = multipleOf(resolver.groups, fail);
  checkChannels(file, multiple, fail);
  const { decisions } = resolver;
  return {
    decisions: decisions.length === 0 ? [NO_DECISION] : decisions,
    stages,
    channels: stem.channels,
    multiple,
    N: usesN ? (file.N ?? 1) : null,
  };
}

function placeOf(path: string, at: FieldPath, group = path): BlockPlace {
  return { at, path, group, inside: [] };
}

/** The names of the stages: decisions, parameters and cells are told apart by them. */
function stageNames({ stages, cells = {} }: SpaceFile, fail: Fail): string[] {
  const taken = new Set(['stem', 'head', 'network', 'classifier', ...Object.keys(cells)]);
  return stages.map(({ name }, index) => {
    const own = name ?? `stage${index + 1}`;
    if (taken.has(own)) {
      throw fail(
        ['stages', index, 'name'],
        `${JSON.stringify(own)} is the name of something else; give another`,
      );
    }
    taken.add(own);
    return own;
  });
}

/** A number, or the decision between several. */
function amount(
  resolver: BlockResolver,
  value: Open<number>,
  field: string,
  { at, group }: { readonly at: FieldPath; readonly group: string },
): Amount {
  if (typeof value === 'number') return value;
  const place = { at: [...at, field], group };
  return { decision: resolver.decide(`${group}/${field}`, value.map(choiceText), place) };
}

function stageOf(
  resolver: BlockResolver,
  spec: StageSpec,
  { name, at }: { readonly name: string; readonly at: FieldPath },
): Stage {
  const open = (value: Open<number>, field: string) => amount(resolver, value, field, { at, group: name });
  const channels = open(spec.channels, 'channels');
  const layers = spec.layers === 'N' ? 'N' : open(spec.layers, 'layers');
  const stride = open(spec.stride, 'stride');
  return { name, channels, stride, layers, blocks: blocksOf(resolver, spec, name, [...at, 'block']) };
}

/** One block for all layers, or one for each. */
function blocksOf(
  resolver: BlockResolver,
  { block, decide, layers }: { block: BlockSpec; decide: string; layers: StageSpec['layers'] },
  name: string,
  at: FieldPath,
): readonly Block[] {
  if (decide === 'stage' || layers === 'N') return [resolver.block(block, placeOf(name, at))];
  return Array.from({ length: mostOf(layers) }, (_, index) => {
    const path = `${name}/layer${index + 1}`;
    return resolver.block(block, placeOf(path, at));
  });
}

function mostOf(value: Open<number>): number {
  return typeof value === 'number' ? value : Math.max(...value);
}

function checkN({ N, sizes, stages }: SpaceFile, used: boolean, fail: Fail): void {
  for (const [index, { layers, decide }] of stages.entries()) {
    if (layers === 'N' && decide === 'layer') {
      throw fail(
        ['stages', index, 'decide'],
        'got "layer" beside N layers; give a number of layers, or "stage"',
      );
    }
  }
  if (used) return;
  const unused: readonly (readonly [FieldPath, number | undefined])[] = [
    [['N'], N],
    [['sizes', 'proxy', 'N'], sizes?.proxy?.N],
    [['sizes', 'deep', 'N'], sizes?.deep?.N],
    [['sizes', 'stemless', 'N'], sizes?.stemless?.N],
  ];
  for (const [path, value] of unused) {
    if (value !== undefined) throw fail(path, 'no stage has `layers: N`; leave it out');
  }
}

function checkLayers({ stages, N = 1 }: SpaceFile, fail: Fail): void {
  let sum = 0;
  for (const [index, { layers }] of stages.entries()) {
    sum += layers === 'N' ? N : mostOf(layers);
    if (sum > MOST_LAYERS) {
      throw fail(['stages', index, 'layers'], `this makes more than ${MOST_LAYERS} layers; give fewer`);
    }
  }
}

function multipleOf(groups: ReadonlySet<number>, fail: Fail): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let multiple = 1;
  for (const one of groups) {
    multiple = (multiple / divisor(multiple, one)) * one;
    if (multiple <= MOST_MULTIPLE) continue;
    throw fail(
      ['stages'],
      `groups of ${[...groups].join(', ')} have no common multiple up to ${MOST_MULTIPLE}; give others`,
    );
  }
  return multiple;
}

function checkChannels({ stem, stages, head }: SpaceFile, multiple: number, fail: Fail): void {
  const given: readonly (readonly [FieldPath, Open<number>])[] = [
    [['stem'], stem.channels],
    ...stages.map(({ channels }, index): [FieldPath, Open<number>] => [['stages', index], channels]),
    ...(head === undefined ? [] : [[['head'], head.channels] satisfies [FieldPath, Open<number>]]),
  ];
  for (const [at, channels] of given) {
    const wrong = [channels].flat().find((one) => one % multiple !== 0);
    if (wrong === undefined) continue;
    throw fail(
      [...at, 'channels'],
      `got ${wrong}; give a multiple of ${multiple}, for the groups of convolutions`,
    );
  }
}
