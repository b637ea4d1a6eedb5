import { countText } from '@tenas/base';
import { DATASETS } from '@tenas/data/definitions';
import { listMetrics } from '@tenas/metrics/definitions';
import { nativeInfo } from '@tenas/native';
import { listStrategies } from '@tenas/search/definitions';
import { listSpaces } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { version } from '../../version.js';
import type { infoUsage } from './options.js';
import { spaceFacts } from './space-facts.js';

/** `tenas info`: what this build is and what this machine can do. */
export async function info({ given, json, io }: Invocation<typeof infoUsage>): Promise<ExitCode> {
  if (given.space !== undefined) {
    const { describedSpace, describedText } = await import('./space.js');
    const described = await describedSpace(given.space);
    printResult(io, json, described, () => describedText(described));
    return exitCodes.ok;
  }
  const engine = nativeInfo();
  const spaces = listSpaces().map(spaceFacts);
  const metrics = listMetrics().map(({ name, title, better, paper, needs }) => ({
    name,
    title,
    better,
    paper,
    needs,
  }));
  const strategies = listStrategies().map(({ name, title, paper, needs, metrics: defaults }) => ({
    name,
    title,
    paper,
    needs,
    metrics: defaults,
  }));
  const document = {
    version: version(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    engine,
    spaces,
    metrics,
    strategies,
    datasets: DATASETS,
  };
  printResult(io, json, document, () =>
    [
      `tenas     ${document.version}, Node ${document.node}, ${document.platform}`,
      `engine    ${engine.version}, ${engine.build === 'wasm' ? 'WebAssembly on one thread, ' : ''}${engine.compiler}`,
      `kernels   ${engine.isa}, ${engine.lanes} lanes (available: ${engine.availableIsas.join(', ')})`,
      `threads   ${engine.hardwareThreads}`,
      `CUDA      ${engine.cuda.available ? engine.cuda.device : `not used: ${engine.cuda.reason}`}`,
      `spaces    ${spaces.map(spaceLine).join(', ')}`,
      `metrics   ${metrics.map(needingText).join(', ')}`,
      `search    ${strategies.map(needingText).join(', ')}`,
      `datasets  ${DATASETS.join(', ')}`,
    ].join('\n'),
  );
  return exitCodes.ok;
}

function spaceLine(space: {
  name: string;
  decisions: readonly unknown[];
  architectures: number | null;
}): string {
  const { name, decisions, architectures } = space;
  const count = architectures === null ? '' : `, ${countText(architectures)} architectures`;
  return `${name} (${decisions.length} decisions${count})`;
}

function needingText({ name, needs }: { name: string; needs: readonly string[] }): string {
  return needs.length === 0 ? name : `${name} (needs ${needs.join(', ')})`;
}
