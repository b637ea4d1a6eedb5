import { type Graph, GraphBuilder, type NodeId } from '@tenas/graph';

/**
 * The NAS-Bench-201 network (16 channels, 5 cells per stage, 32x32 images, 10 classes) whose cells have the same
 * operation on every edge, written out on its own: what the cost model is compared with published figures on.
 */
export function uniformNasBench201(op: 'nor_conv_3x3' | 'nor_conv_1x1' | 'skip_connect'): Graph {
  const builder = new GraphBuilder();
  const convBn = (input: NodeId, name: string, outChannels: number, kernel: number, stride = 1): NodeId => {
    const padding = (kernel - 1) / 2;
    const conv = builder.conv2d(input, { name: `${name}.conv`, outChannels, kernel, stride, padding });
    return builder.batchNorm(conv, { name: `${name}.bn` });
  };
  const reluConvBn = (input: NodeId, name: string, outChannels: number, kernel: number, stride = 1): NodeId =>
    convBn(builder.relu(input), name, outChannels, kernel, stride);
  let last = convBn(builder.input([3, 32, 32]), 'stem', 16, 3);
  for (const [stage, channels] of [16, 32, 64].entries()) {
    if (stage > 0) {
      const name = `reduce${stage}`;
      const main = reluConvBn(reluConvBn(last, `${name}.a`, channels, 3, 2), `${name}.b`, channels, 3);
      const pooled = builder.avgPool2d(last, { kernel: 2 });
      const short = builder.conv2d(pooled, { name: `${name}.short`, outChannels: channels, kernel: 1 });
      last = builder.mix([{ input: main }, { input: short }]);
    }
    for (let cell = 0; cell < 5; cell++) {
      const states = [last];
      for (let to = 1; to < 4; to++) {
        const terms = states.map((input, from) => {
          if (op === 'skip_connect') return { input };
          const name = `stage${stage}.${cell}.${to}<-${from}`;
          return { input: reluConvBn(input, name, channels, op === 'nor_conv_3x3' ? 3 : 1) };
        });
        states.push(builder.mix(terms));
      }
      last = states.at(-1)!;
    }
  }
  const pooled = builder.globalAvgPool(builder.relu(builder.batchNorm(last, { name: 'lastact' })));
  return builder.build(builder.linear(pooled, { name: 'classifier', outFeatures: 10 }));
}
