import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { RandomStream } from '@tenas/base';
import { type GraphProto, ModelProtoSchema } from 'onnx-buf';
import { OPERATOR_NAMES } from '../../src/import/operators/index.js';

const NUMBERS = [-1n, 0n, 1n, 2n, 3n, 7n, 255n, 256n, 65_537n, 2n ** 31n, -(2n ** 40n), 2n ** 62n];
const TYPES = [0, 1, 6, 7, 9, 10, 11, 16, 22];

type Change = (graph: GraphProto, random: RandomStream) => void;

function one<T>(list: readonly T[], random: RandomStream): T | undefined {
  return list.length === 0 ? undefined : list[random.below(list.length)];
}

/** Replaces an item of a list, if it has any. */
function replace<T>(list: T[] | undefined, item: T | undefined, random: RandomStream): void {
  if (list !== undefined && item !== undefined && list.length > 0) list[random.below(list.length)] = item;
}

/** Ways to make a model that can be decoded say something else. */
const CHANGES: readonly Change[] = [
  (graph, random) => {
    const attribute = one(one(graph.node, random)?.attribute ?? [], random);
    if (attribute === undefined) return;
    replace(attribute.ints, one(NUMBERS, random), random);
    if (attribute.ints.length === 0) attribute.i = one(NUMBERS, random)!;
    attribute.f = one([-1, 0, 0.5, 6, Number.NaN, Number.POSITIVE_INFINITY], random)!;
  },
  (graph, random) => {
    const list = one(graph.node, random)?.attribute;
    list?.splice(random.below(Math.max(list.length, 1)), 1);
  },
  (graph, random) => {
    const attribute = one(one(graph.node, random)?.attribute ?? [], random);
    const other = one(one(graph.node, random)?.attribute ?? [], random);
    if (attribute !== undefined && other !== undefined) attribute.name = other.name;
  },
  (graph, random) => {
    const node = one(graph.node, random);
    if (node !== undefined) node.opType = one(OPERATOR_NAMES, random)!;
  },
  (graph, random) => {
    const names = [
      ...graph.node.flatMap(({ output }) => output),
      ...graph.initializer.map(({ name }) => name),
      '',
    ];
    replace(one(graph.node, random)?.input, one(names, random), random);
  },
  (graph, random) => replace(one(graph.initializer, random)?.dims, one(NUMBERS, random), random),
  (graph, random) => {
    const tensor = one(graph.initializer, random);
    if (tensor !== undefined) tensor.dataType = one(TYPES, random)!;
  },
  (graph, random) => {
    const tensor = one(graph.initializer, random);
    if (tensor === undefined) return;
    const length = 8 * random.below(12);
    tensor.rawData = Uint8Array.from({ length }, (_, place) => (place % 8 === 0 ? random.below(256) : 255));
  },
  (graph, random) => {
    const type = one(graph.input, random)?.type?.value;
    const dim = type?.case === 'tensorType' ? one(type.value.shape?.dim ?? [], random) : undefined;
    if (dim !== undefined) dim.value = { case: 'dimValue', value: one(NUMBERS, random)! };
  },
  (graph, random) => {
    const node = one(graph.node, random);
    if (node !== undefined) graph.node.splice(random.below(graph.node.length), random.below(2), node);
  },
];

/** A model of which one to three things are changed, the same one for the same number. */
export function mutatedModel(bytes: Uint8Array, number: number): Uint8Array {
  const random = new RandomStream('mutated graph', number);
  const model = fromBinary(ModelProtoSchema, bytes);
  for (let left = 1 + random.below(3); left > 0; left--)
    CHANGES[random.below(CHANGES.length)]!(model.graph!, random);
  return toBinary(ModelProtoSchema, model);
}
