import { spawn } from 'node:child_process';

/**
 * Runs before a command's own code and writes the most memory that it ever held, in KiB, to file descriptor 3 when it
 * ends. Linux counts the parent's memory into `ru_maxrss`, so the process's own peak is read where the system tells it.
 */
const REPORT_PEAK = `data:text/javascript,${encodeURIComponent(`
import { existsSync, readFileSync, writeSync } from 'node:fs';
process.on('exit', () => {
  const status = '/proc/self/status';
  const own = existsSync(status) ? /VmHWM:\\s*(\\d+)/.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  writeSync(3, own ?? String(process.resourceUsage().maxRSS));
});`)}`;

/** How a Node process ended. */
export interface ChildResult {
  /** From start to end, as a person waits. */
  readonly seconds: number;
  readonly out: string;
  /** Most memory held at once, null unless asked for. */
  readonly peakBytes: number | null;
}

/**
 * Runs Node to its end and takes the time.
 * @param options.peakMemory also ask for the memory, which costs some milliseconds of start
 * @throws Error with what it printed if it fails
 */
export async function runNode(
  args: readonly string[],
  options: { readonly cwd: string; readonly peakMemory?: boolean },
): Promise<ChildResult> {
  const preload = options.peakMemory === true ? ['--import', REPORT_PEAK] : [];
  const start = performance.now();
  const child = spawn(process.execPath, [...preload, ...args], {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const texts = [1, 2, 3].map((descriptor) => {
    const chunks: string[] = [];
    const stream = child.stdio[descriptor];
    if (stream && 'setEncoding' in stream) {
      stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
    }
    return chunks;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const seconds = (performance.now() - start) / 1000;
  const [out, err, peak] = texts.map((chunks) => chunks.join('')) as [string, string, string];
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}: ${err.slice(-2000)}`);
  return { seconds, out, peakBytes: peak === '' ? null : Number(peak) * 1024 };
}
