import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '@tenas/base';
import { NORMALISATION } from '@tenas/data';
import { Program } from '@tenas/native';
import { calibrateBatchNorm, exportOnnx, foldBatchNorms, modelMetadata, summarizeModel } from '@tenas/onnx';
import { nasBench201 } from '@tenas/spaces';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlockAfter } from '../scripts/code-block.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';

const page = readFileSync(join(repositoryRoot, 'docs/deploy.md'), 'utf8');

// Inside node_modules, so that packages resolve as they do for a user.
const base = join(repositoryRoot, 'node_modules/.cache/tenas');
mkdirSync(base, { recursive: true });
const folder = mkdtempSync(join(base, 'deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const classes = ['cat', 'dog', 'a snake'];
const graph = nasBench201.network(
  nasBench201.parse(
    '|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|',
  ),
  { C: 8, N: 1, numClasses: 3 },
);

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

const python = spawnSync('python3', ['-c', 'import onnx, onnxruntime, PIL'], { encoding: 'utf8' });
const absent = python.status === 0 ? '' : ' (skipped: python3 has no onnxruntime, onnx or Pillow)';

beforeAll(async () => {
  using program = Program.compile(graph);
  const initial = program.seededWeights({ seed: 5, repeat: 0, init: 'kaiming_fan_out' });
  const folded = foldBatchNorms(graph, await calibrateBatchNorm(graph, initial));
  const metadata = modelMetadata({ classNames: classes, normalisation: NORMALISATION.cifar10 });
  writeFileSync(join(folder, 'net.onnx'), exportOnnx(folded.graph, folded.weights, { metadata }));
  mkdirSync(join(folder, 'photos'));
  for (let n = 0; n < 12; n++) {
    const random = new RandomStream('pictures', n);
    const colours = Buffer.from(Array.from({ length: 3 * 9 * 6 }, () => random.below(256)));
    await sharp(colours, { raw: { width: 9, height: 6, channels: 3 } })
      .resize(90, 60)
      .toFile(join(folder, 'photos', `${n}.png`));
  }
  for (const [name, file] of [
    ['deploy-node', 'classify.mjs'],
    ['deploy-python', 'classify.py'],
    ['deploy-int8', 'quantise.py'],
    ['deploy-fp16', 'halve.py'],
  ] as const) {
    writeFileSync(join(folder, file), codeBlockAfter(page, name));
  }
});

/** Class and share that a program prints. */
function answer(text: string) {
  const [, name, share] = /^(.+) (\d+\.\d) %$/.exec(text)!;
  return { name, share: Number(share) };
}

const photo = join('photos', '3.png');

describe('docs/deploy.md', () => {
  it('classifies a picture in Node', () => {
    const { name, share } = answer(run(process.execPath, 'classify.mjs', 'net.onnx', photo));
    expect(classes).toContain(name);
    expect(share).toBeGreaterThan(33);
  });
});

describe.skipIf(absent !== '')(`the Python of docs/deploy.md${absent}`, () => {
  it('says of a picture what Node says', () => {
    const [node, other] = [
      answer(run(process.execPath, 'classify.mjs', 'net.onnx', photo)),
      answer(run('python3', 'classify.py', 'net.onnx', photo)),
    ];
    expect(other.name).toBe(node.name);
    expect(Math.abs(other.share - node.share)).toBeLessThan(3);
  });

  it('quantises to int8: a smaller file that says nearly the same', () => {
    run('python3', 'quantise.py', 'net.onnx', 'int8.onnx', 'photos');
    const [whole, small] = ['net.onnx', 'int8.onnx'].map((file) => statSync(join(folder, file)).size);
    expect(small!).toBeLessThan(whole!);
    const { nodes } = summarizeModel(readFileSync(join(folder, 'int8.onnx')));
    expect(nodes.map(({ opType }) => opType)).toContain('QuantizeLinear');
    const [before, after] = ['net.onnx', 'int8.onnx'].map((file) =>
      answer(run('python3', 'classify.py', file, photo)),
    );
    expect(after!.name).toBe(before!.name);
    expect(Math.abs(after!.share - before!.share)).toBeLessThan(10);
  });

  it('halves to fp16, and writes the ORT format', () => {
    run('python3', 'halve.py', 'net.onnx', 'fp16.onnx');
    const [whole, half] = ['net.onnx', 'fp16.onnx'].map((file) => statSync(join(folder, file)).size);
    expect(half!).toBeLessThan(0.7 * whole!);
    run('python3', '-m', 'onnxruntime.tools.convert_onnx_models_to_ort', 'net.onnx');
    for (const file of ['fp16.onnx', 'net.ort']) {
      const answers = ['net.onnx', file].map((one) => answer(run('python3', 'classify.py', one, photo)));
      expect(answers[1]!.name).toBe(answers[0]!.name);
      expect(Math.abs(answers[1]!.share - answers[0]!.share)).toBeLessThan(1);
    }
  });
});
