import { TenasError } from '@tenas/base';
import { targets } from './targets/index.js';

/** Inputs to try: a part of those of a target, or one that is given. */
export interface FuzzRequest {
  readonly target: string;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** In base64, in place of the numbered inputs. */
  readonly given?: string | undefined;
}

/** What became of them. */
export interface FuzzAnswer {
  /** How often each code came; `value` where something was read. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failure?:
    | { readonly number: number; readonly input: string; readonly problem: string }
    | undefined;
  readonly largestBytes: number;
  /** The target itself is broken: it has no inputs. */
  readonly broken?: string | undefined;
}

/** Bounds of one input; processor time does not depend on what else runs. */
const MOST_SECONDS = 10;
const MOST_BYTES = 768 * 2 ** 20;

const CODE = /^[A-Z][A-Z0-9_]+$/;

function isCoded(error: unknown): error is TenasError {
  return error instanceof TenasError && CODE.test(error.code) && error.code !== 'INTERNAL';
}

/** Reads an input. @returns the code of its outcome, or a problem */
async function outcomeOf(
  read: (input: Uint8Array) => unknown,
  input: Uint8Array,
): Promise<{ readonly code: string } | { readonly problem: string }> {
  const memory = process.resourceUsage().maxRSS;
  const start = process.cpuUsage();
  let code = 'value';
  try {
    await read(input);
  } catch (error) {
    if (!isCoded(error))
      return { problem: error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}` };
    code = error.code;
  }
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const bytes = (process.resourceUsage().maxRSS - memory) * 1024;
  if (seconds > MOST_SECONDS) return { problem: `took ${seconds.toFixed(1)} s of processor time` };
  if (bytes > MOST_BYTES) return { problem: `took ${Math.round(bytes / 2 ** 20)} MiB` };
  return { code };
}

async function answer(request: FuzzRequest): Promise<FuzzAnswer> {
  const target = targets.find(({ name }) => name === request.target);
  if (target === undefined) throw new Error(`no target ${request.target}`);
  const outcomes: Record<string, number> = {};
  const largest = () => process.resourceUsage().maxRSS * 1024;
  for (let number = request.first; number < request.first + request.count; number++) {
    const input =
      request.given === undefined ? target.input(request.seed, number) : Buffer.from(request.given, 'base64');
    const outcome = await outcomeOf(target.read, input);
    if ('problem' in outcome) {
      const failure = { number, input: Buffer.from(input).toString('base64'), problem: outcome.problem };
      return { outcomes, failure, largestBytes: largest() };
    }
    outcomes[outcome.code] = (outcomes[outcome.code] ?? 0) + 1;
  }
  return { outcomes, largestBytes: largest() };
}

process.on('message', (message) => {
  if (message === 'targets') {
    process.send!(targets.map(({ name }) => name));
    return;
  }
  answer(message as FuzzRequest)
    .catch((error): FuzzAnswer => ({ outcomes: {}, largestBytes: 0, broken: String(error?.stack ?? error) }))
    .then((found) => process.send!(found));
});
