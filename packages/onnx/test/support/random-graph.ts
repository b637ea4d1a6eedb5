import { type Graph, GraphBuilder, type NodeId, type Shape } from '@tenas/graph';
import fc from 'fast-check';

/** A graph made of random steps, with a coefficient for each of its mixing slots. */
export interface RandomGraph {
  readonly graph: Graph;
  readonly coefficients: readonly number[];
}

interface Value {
  readonly id: NodeId;
  readonly shape: Shape;
}

interface Plan {
  readonly shape: readonly [number, number, number];
  readonly steps: readonly (readonly [kind: number, from: number, detail: number])[];
  readonly coefficients: readonly number[];
  readonly classifier: boolean;
}

/** Random graphs of up to 12 steps on maps of up to 4x7x7, each step reading any earlier value. */
export const randomGraph: fc.Arbitrary<RandomGraph> = fc
  .record<Plan>({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 7 }),
    ),
    steps: fc.array(fc.tuple(fc.nat(7), fc.nat(50), fc.nat(1000)), { minLength: 1, maxLength: 12 }),
    coefficients: fc.array(fc.constantFrom(0, 0.25, 0.5, 1, -1.5), { minLength: 4, maxLength: 4 }),
    classifier: fc.boolean(),
  })
  .map(grow);

function grow(plan: Plan): RandomGraph {
  const builder = new GraphBuilder();
  const values: Value[] = [];
  values.push({ id: builder.input(plan.shape), shape: plan.shape });
  for (const [step, [kind, from, detail]] of plan.steps.entries()) {
    values.push(addStep(builder, values, `step${step}`, { kind, from, detail }));
  }
  const last = values.at(-1)!;
  const output = plan.classifier
    ? builder.linear(builder.globalAvgPool(last.id, 'pool'), { name: 'classifier', outFeatures: 3 })
    : last.id;
  const graph = builder.build(output);
  return { graph, coefficients: plan.coefficients.slice(0, graph.slots.length) };
}

function addStep(
  builder: GraphBuilder,
  values: readonly Value[],
  name: string,
  { kind, from, detail }: { readonly kind: number; readonly from: number; readonly detail: number },
): Value {
  // Recent values are read more often, so that graphs get deep.
  const source = values[Math.max(values.length - 1 - (from % 4), 0)]!;
  const [channels, height, width] = source.shape;
  const stride = 1 + (detail % 2);
  const down = (size: number) => Math.floor((size - 1) / stride) + 1;
  switch (kind) {
    case 0: {
      const dilation = 1 + (Math.floor(detail / 2) % 2);
      const groups = detail % 3 === 0 ? channels : 1;
      const outChannels = groups * (1 + (detail % 4));
      const bias = detail % 5 === 0;
      const padding = dilation;
      const id = builder.conv2d(source.id, {
        name,
        outChannels,
        kernel: 3,
        stride,
        padding,
        dilation,
        groups,
        bias,
      });
      return { id, shape: [outChannels, down(height), down(width)] };
    }
    case 1:
      return { ...source, id: builder.batchNorm(source.id, { name, affine: detail % 3 !== 0 }) };
    case 2:
      return { ...source, id: builder.relu(source.id, name) };
    case 3: {
      const countIncludePad = detail % 3 === 0;
      const id = builder.avgPool2d(source.id, { name, kernel: 3, stride, padding: 1, countIncludePad });
      return { id, shape: [channels, down(height), down(width)] };
    }
    case 4: {
      const id = builder.maxPool2d(source.id, { name, kernel: 3, stride, padding: 1 });
      return { id, shape: [channels, down(height), down(width)] };
    }
    case 5: {
      const top = height > 1 ? (detail % 3) - 1 : 0;
      const right = width > 1 ? (Math.floor(detail / 3) % 3) - 1 : 1;
      const id = builder.pad2d(source.id, { name, top, bottom: 1, left: 0, right });
      return { id, shape: [channels, height + top + 1, width + right] };
    }
    case 6: {
      const shape = source.shape;
      const terms = values
        .filter((value) => value.shape.join() === shape.join())
        .map(({ id }, term) =>
          term % 3 === 2 ? { input: id } : { input: id, slot: builder.slot(`s${term % 2}`) },
        );
      return { id: builder.mix(detail % 7 === 0 ? [] : terms, { name, shape }), shape };
    }
    default: {
      const parts = values.filter((value) => value.shape[1] === height && value.shape[2] === width).slice(-3);
      const total = parts.reduce((sum, part) => sum + part.shape[0], 0);
      const id = builder.concat(
        parts.map((part) => part.id),
        name,
      );
      return { id, shape: [total, height, width] };
    }
  }
}
