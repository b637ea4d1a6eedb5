import { loadWarning } from '@tenas/base';
import { benchText } from '@tenas/records';
import { describeMachine } from './machine.js';
import type { BenchResult, Row } from './result.js';
import { writeResult } from './result.js';
import { measureRoofline, type Roofline } from './roofline.js';
import { parseRunOptions, type RunOptions, runOptionsHelp, UsageError } from './run-options.js';

/** The context of a program, once its command line is read and the machine examined. */
export interface Session {
  readonly options: RunOptions;
  readonly isa: string;
  readonly roofline: Roofline | null;
  /** Progress, on standard error. */
  readonly say: (text: string) => void;
  /** Adds a line to the result's warnings and says it. */
  readonly warn: (text: string) => void;
  /** As {@link warn}, and the program ends with exit code 1: what was measured is not what it should be. */
  readonly fail: (text: string) => void;
}

/** A program of this folder. */
export interface BenchProgram {
  readonly kind: string;
  readonly usage: string;
  readonly repetitions: number;
  readonly names: readonly string[];
  readonly run: (session: Session) => Promise<Row[]>;
}

function roofline(warn: (text: string) => void): Roofline | null {
  try {
    return measureRoofline();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    warn(`the machine's peak was not measured (cmake and a C++ compiler are needed): ${reason}`);
    return null;
  }
}

/** Runs a program: command line, machine, measurements, result file. Sets the exit code. */
export async function runProgram(program: BenchProgram): Promise<void> {
  try {
    process.exitCode = await runChecked(program);
  } catch (error) {
    const text = error instanceof Error ? (error instanceof UsageError ? error.message : error.stack) : error;
    console.error(`error: ${text}`);
    process.exitCode = error instanceof UsageError ? 2 : 70;
  }
}

async function runChecked(program: BenchProgram): Promise<number> {
  const options = parseRunOptions(process.argv.slice(2), program.repetitions);
  if (options === null) {
    console.log(`${program.usage}\n\n${runOptionsHelp}`);
    return 0;
  }
  if (options.list) {
    console.log(program.names.join('\n'));
    return 0;
  }
  const date = new Date().toISOString();
  const machine = describeMachine();
  const warnings: string[] = [];
  const say = (text: string) => console.error(text);
  const warn = (text: string) => {
    warnings.push(text);
    say(`WARNING: ${text}`);
  };
  let failed = false;
  const fail = (text: string) => {
    failed = true;
    warn(text);
  };
  const busy = loadWarning(machine.loadBefore, machine.cores);
  if (busy !== null && options.strict) {
    say(`error: ${busy}; wait, or leave --strict out`);
    return 3;
  }
  if (busy !== null) warn(busy);
  if (machine.dirty) say('note: files differ from the commit');
  const measured = roofline(warn);
  const rows = await program.run({ options, isa: machine.isa, roofline: measured, say, warn, fail });
  const result: BenchResult = {
    format: 'tenas-bench-1',
    kind: program.kind,
    date,
    seed: options.seed,
    machine,
    roofline: measured,
    warnings,
    rows,
  };
  if (options.format !== undefined) console.log(benchText(result, options.format));
  say(`\nwritten to ${await writeResult(result, options.out)}`);
  // Said again at the end, where it is read.
  for (const warning of warnings) say(`WARNING: ${warning}`);
  return failed ? 1 : 0;
}
