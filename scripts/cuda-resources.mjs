#!/usr/bin/env node
// `npm run cuda:resources`: registers, spills, stack and shared memory of every device kernel, as a table for docs/cuda.md.
// Fails where a kernel spills. Needs nvcc, no device. Options: architectures, as sm_80 sm_90 (default: those of the build).
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot, run, runMain, StepError } from './steps.mjs';

const source = join(repositoryRoot, 'native/src');
const folder = join(source, 'cuda/runtime');
const architectures = process.argv.length > 2 ? process.argv.slice(2) : ['sm_75', 'sm_80', 'sm_90', 'sm_120'];

/** A kernel's name from the mangled `kernel<tenas::cuda::NAME>`. @param {string} mangled */
function nameOf(mangled) {
  const name = /kernelINS0_\d+([A-Z][A-Za-z]*?)(?:E|INS)/.exec(mangled)?.[1] ?? mangled;
  if (mangled.includes('BroadcastAccess')) return `${name}, directions`;
  return mangled.includes('LaneAccess') ? `${name}, samples` : name;
}

/** @param {string} text what `nvcc --resource-usage` said @param {Map<string, Record<string, string>>} table */
function collect(text, table) {
  let architecture = '';
  let kernel = '';
  let spills = 0;
  let stack = '0';
  for (const line of text.split('\n')) {
    const entry = /Compiling entry function '([^']+)' for '(\w+)'/.exec(line);
    if (entry) [kernel, architecture] = [nameOf(entry[1] ?? ''), entry[2] ?? ''];
    const frame = /(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads/.exec(line);
    if (frame) [stack, spills] = [frame[1] ?? '0', Number(frame[2]) + Number(frame[3])];
    const used = /Used (\d+) registers(?:.*?(\d+) bytes smem)?/.exec(line);
    if (!used) continue;
    const row = table.get(kernel) ?? {};
    row[architecture] = used[1] ?? '';
    row.shared = used[2] ?? '0';
    row.stack = String(Math.max(Number(row.stack ?? 0), Number(stack)));
    row.spills = String(Number(row.spills ?? 0) + spills);
    table.set(kernel, row);
  }
}

await runMain(async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tenas-cuda-'));
  /** @type {Map<string, Record<string, string>>} */
  const table = new Map();
  try {
    for (const file of readdirSync(folder).filter((name) => /^kernels_.*\.cu$/.test(name))) {
      const targets = architectures.map(
        (name) => `-gencode=arch=${name.replace('sm', 'compute')},code=${name}`,
      );
      const plain = file === 'kernels_weights.cu' ? ['-fmad=false'] : [];
      const args = [
        '-std=c++20',
        '--expt-relaxed-constexpr',
        '--resource-usage',
        `-I${source}`,
        ...targets,
        ...plain,
      ];
      const { code, stdout } = await run(
        'nvcc',
        [...args, '-fatbin', join(folder, file), '-o', join(scratch, 'out.fatbin')],
        {
          capture: 'all',
        },
      );
      if (code !== 0) throw new StepError(`nvcc failed:\n${stdout}`);
      collect(stdout, table);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const rows = [...table].sort(([a], [b]) => a.localeCompare(b));
  const line = (/** @type {readonly (string | undefined)[]} */ cells) => `| ${cells.join(' | ')} |\n`;
  process.stdout.write(
    line([
      'kernel',
      ...architectures.map((name) => `registers, ${name}`),
      'shared memory, bytes',
      'stack',
      'spills',
    ]) +
      line(['---', ...architectures.map(() => '---'), '---', '---', '---']) +
      rows
        .map(([name, row]) =>
          line([name, ...architectures.map((a) => row[a]), row.shared, row.stack, row.spills]),
        )
        .join(''),
  );
  const spilling = rows.filter(([, row]) => row.spills !== '0').map(([name]) => name);
  if (spilling.length > 0) throw new StepError(`kernels that spill registers: ${spilling.join(', ')}`);
  return 0;
});
