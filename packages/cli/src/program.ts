import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { addBatch } from './commands/batch.js';
import { addWorker } from './commands/worker.js';
import { type ExitCode, exitCodes, exitCodesHelp } from './exit-codes.js';
import { report } from './failures.js';
import type { Io } from './io.js';
import { addReport } from './report-options.js';

/** What a command is given: the flags as commander parsed them, its positional arguments, and the outside world. */
export interface Invocation {
  readonly options: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
  readonly json: boolean;
  readonly io: Io;
}

/** A command's work. Loaded only when the command is used, so that help and version come at once. */
export type Action = (invocation: Invocation) => Promise<ExitCode>;

/** The version of this package. */
export function version(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}

/** Loads a command's work. */
export type Load = () => Promise<Action>;

/** Builds the command tree; every command's action stores its exit code through `finish`. */
function buildProgram(io: Io, finish: (code: ExitCode) => void): Command {
  const program = new Command('tenas')
    .description(
      'Training-free neural architecture search (TE-NAS): finds, scores and exports networks on a CPU.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText(
      'after',
      `
Examples:
  $ tenas search                                          search on synthetic images, a few seconds
  $ tenas search --dataset cifar10 --data DIR --seed 1    search on CIFAR-10
  $ tenas export --arch '|...|+|...|...|+|...|...|...|' --out net.onnx --check

${exitCodesHelp}

\`tenas COMMAND --help\` explains a command. TENAS_DEBUG=1 adds stack traces to errors.`,
    );

  const add = (parent: Command, usage: string, summary: string, examples: string, load: Load): Command => {
    const command = parent
      .command(usage)
      .description(summary)
      .helpOption('-h, --help', 'print this help')
      .option('--json', 'print one JSON document on standard output, everything else on standard error')
      .addHelpText('after', `\nExamples:\n${examples}\n\n${exitCodesHelp}`);
    command.action(async () => {
      const options: Record<string, unknown> = command.opts();
      const json = options.json === true;
      try {
        const action = await load();
        finish(await action({ options, args: command.args, json, io }));
      } catch (error) {
        finish(report(io, json, error));
      }
    });
    return command;
  };
  addSearch(program, add);
  addScore(program, add);
  addExport(program, add);
  addCheck(program, add);
  addBench(program, add);
  addEvaluate(program, add);
  addReport(program, add);
  addData(program, add);
  addBatch(program, add);
  addWorker(program, add);
  add(
    program,
    'info',
    'Show versions, instruction set, threads, GPU, search spaces and datasets.',
    '  $ tenas info\n  $ tenas info --json',
    async () => (await import('./commands/info.js')).info,
  );
  return program;
}

/** Adds a command with what all commands have: `--json`, examples, and exit codes in its help. */
export type Add = (parent: Command, usage: string, summary: string, examples: string, load: Load) => Command;

const imagesHelp = 'different images to draw from (default: all; 10000 of imagenet-1k and folder)';

function inputOptions(command: Command): Command {
  return command
    .option('--space <name>', 'search space: nas-bench-201 or darts', 'nas-bench-201')
    .option(
      '--dataset <name>',
      'cifar10, cifar100, imagenet16-120, imagenet-1k, folder or synthetic (default: synthetic without --data, else cifar10)',
    )
    .option('--data <dir>', 'folder of the dataset')
    .option('--images <n>', imagesHelp)
    .option('--seed <n>', 'seed of weights and batches', '0')
    .option('--threads <n>', 'worker threads (default: all); the result does not depend on it')
    .addOption(deviceOption());
}

function deviceOption(): Option {
  return new Option('--device <name>', 'cpu, cuda, or auto: a CUDA device if there is one (default: auto)');
}

function addSearch(program: Command, add: Add): void {
  inputOptions(
    add(
      program,
      'search',
      'Search an architecture by pruning the supernet; writes a JSON record of everything measured.',
      `  $ tenas search
  $ tenas search --dataset cifar10 --data ./cifar-10-batches-bin --protocol fast --seed 3
  $ tenas search --protocol repo --ntk-mode sample --repeats 5 --json > result.json
  $ tenas search --space darts --dataset imagenet-1k --data ./imagenet/train --out runs`,
      async () => (await import('./commands/search.js')).search,
    ),
  )
    .option('--protocol <name>', 'repo (the authors’ code), paper, or fast', 'fast')
    .option('--out <dir>', 'folder for the record', 'tenas-out')
    .option('--force', 'replace an existing record instead of choosing a fresh name')
    .addOption(new Option('--repeats <n>', 'repeats per candidate').helpGroup('Overrides of the protocol:'))
    .addOption(new Option('--ntk-batch <n>', 'images per NTK batch').helpGroup('Overrides of the protocol:'))
    .addOption(
      new Option(
        '--ntk-mode <mode>',
        'batch or sample: gradients through the batch statistics, or not',
      ).helpGroup('Overrides of the protocol:'),
    )
    .addOption(
      new Option('--region-batches <n>', 'batches of region inputs').helpGroup('Overrides of the protocol:'),
    )
    .addOption(
      new Option('--region-batch <n>', 'inputs per region batch').helpGroup('Overrides of the protocol:'),
    );
}

function addScore(program: Command, add: Add): void {
  inputOptions(
    add(
      program,
      'score',
      'Score one architecture: NTK spectrum, linear regions, parameters, multiply-adds.',
      `  $ tenas score --arch '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_3x3~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|'
  $ tenas score --arch '|...|' --dataset cifar10 --data DIR --repeats 5 --ntk-mode batch --json`,
      async () => (await import('./commands/score.js')).score,
    ),
  )
    .requiredOption('--arch <string>', 'architecture: a NAS-Bench-201 string, a DARTS genotype or its name')
    .option('--repeats <n>', 'repeats, each with its own weights and batch', '3')
    .option('--ntk-mode <mode>', 'batch or sample: gradients through the batch statistics, or not', 'sample')
    .option('--ntk-batch <n>', 'images per NTK batch', '32');
}

function addExport(program: Command, add: Add): void {
  add(
    program,
    'export',
    'Write an architecture as an ONNX network of full size.',
    `  $ tenas export --arch '|...|+|...|...|+|...|...|...|' --classes 10 --out net.onnx --check
  $ tenas export --record tenas-out/search.json --out net.onnx
  $ tenas export --arch '|...|' --weights trained.safetensors --out net.onnx --check --force`,
    async () => (await import('./commands/export.js')).exportNetwork,
  )
    .option(
      '--space <name>',
      'search space: nas-bench-201 or darts (default: the record’s, else nas-bench-201)',
    )
    .option('--arch <string>', 'architecture: a NAS-Bench-201 string, a DARTS genotype or its name')
    .option('--record <file>', 'take the architecture and its scores from a record of `tenas search`')
    .requiredOption('--out <file>', 'the ONNX file to write')
    .option('--dataset <name>', 'size for: cifar10 (default), cifar100, imagenet16-120 or imagenet-1k')
    .option('--classes <n>', 'number of classes (default: the dataset’s)')
    .option('--C <n>', 'channels of the first cells (default: 16; DARTS 36, 48 on ImageNet)')
    .option('--N <n>', 'cells per stage; DARTS: cells in all (default: 5; DARTS 20, 14 on ImageNet)')
    .option('--input-size <n>', 'height and width of the input (default: the dataset’s)')
    .option('--opset <n>', 'ONNX opset, 17 to 24', '17')
    .option('--weights <file>', 'safetensors file with the reference state_dict names')
    .option('--seed <n>', 'seed of the weights where no file is given', '0')
    .option('--threads <n>', 'threads of the check (default: all)')
    .option('--check', 'run the file in onnxruntime and compare it with our own forward pass')
    .option('--force', 'replace an existing file');
}

function addCheck(program: Command, add: Add): void {
  add(
    program,
    'check',
    'Replay reference fixtures on this build: logits, both NTK modes, linear regions.',
    `  $ tenas check golden/*.safetensors
  $ tenas check golden/nb201-arch-mixed.safetensors --engine reference --json`,
    async () => (await import('./commands/check.js')).check,
  )
    .argument('<files...>', 'safetensors fixtures')
    .option('--engine <name>', 'fast (SIMD, float32) or reference (plain loops, float64)', 'fast')
    .option('--threads <n>', 'worker threads (default: all)')
    .addOption(deviceOption());
}

function addBench(program: Command, add: Add): void {
  add(
    program,
    'bench',
    'Measure how fast a metric is on this machine, on fresh random inputs and weights.',
    `  $ tenas bench
  $ tenas bench --metric ntk --space darts --batch 14 --threads 1,2 --json
  $ tenas bench --mode batch --batch 72 --threads 2 --repetitions 5
  $ tenas bench --metric regions --space darts`,
    async () => (await import('./commands/bench.js')).bench,
  )
    .option('--metric <name>', 'ntk or regions', 'ntk')
    .option('--space <name>', 'search space: nas-bench-201 or darts', 'nas-bench-201')
    .option('--mode <mode>', 'NTK: batch or sample: gradients through the batch statistics, or not', 'sample')
    .option('--batch <n>', 'images in the batch (default: NTK 32; regions 3 batches of 1000)')
    .option('--channels <n>', 'channels of the first cells (default: as in the protocols)')
    .option('--size <n>', 'height and width of the inputs (default: NTK 32, regions 3)')
    .option('--arch <string>', 'measure one architecture in the supernet (default: all operations)')
    .option(
      '--threads <list>',
      'numbers of threads, as 1,2,4 (default: 1 and all; one number on a CUDA device)',
    )
    .addOption(deviceOption())
    .option('--evaluations <n>', 'evaluations in one timed request (default: 4 a thread)')
    .option('--repetitions <n>', 'timed requests', '10')
    .option('--seed <n>', 'seed of the first inputs and weights', '0');
}

function addEvaluate(program: Command, add: Add): void {
  add(
    program,
    'evaluate',
    'Judge scores by the accuracies of trained networks: rank correlations, regret, expected best.',
    `  $ tenas evaluate scores.csv --table accuracy.csv
  $ tenas evaluate scores.csv --table accuracy.csv --accuracy cifar10_test200 --combine kappa+regions --out result.json
  $ tenas evaluate scores.csv --table accuracy.csv --metric synflow:higher --metric latency_ms:lower --json`,
    async () => (await import('./commands/evaluate.js')).evaluate,
  )
    .argument('<scores>', 'scores: a CSV such as `tenas batch export` writes, or with columns of your own')
    .requiredOption('--table <file>', 'accuracies: a CSV with a column of architectures')
    .option('--space <name>', 'search space: nas-bench-201 or darts', 'nas-bench-201')
    .option('--dataset <name>', 'the images that were scored on, where the scores have several')
    .option(
      '--accuracy <columns>',
      'accuracy columns, as a,b (default: named *acc*, *test*, *valid* or *top1*)',
    )
    .option('--arch-column <name>', 'the table’s column of architectures (default: arch or architecture)')
    .option(
      '--metric <column:better>',
      'another column to judge, as name:lower or name:higher; may be repeated',
      collect,
    )
    .option('--combine <names>', 'metrics whose ranks are added, as a+b; may be repeated', collect)
    .option('--resamples <n>', 'bootstrap resamples; 0: no confidence intervals', '500')
    .option('--confidence <share>', 'of the intervals', '0.95')
    .option('--seed <n>', 'of the bootstrap', '0')
    .option('--out <file>', 'write the JSON document, for `tenas report`')
    .option('--force', 'replace an existing file');
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function addData(program: Command, add: Add): void {
  const data = program
    .command('data')
    .description('Look at a dataset or download one.')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\n\`tenas data COMMAND --help\` shows examples.\n\n${exitCodesHelp}`);
  add(
    data,
    'info',
    'Show what a dataset holds: images, size, classes, statistics.',
    `  $ tenas data info --dataset cifar10 --data ./cifar-10-batches-bin
  $ tenas data info --dataset folder --data ./pictures --json`,
    async () => (await import('./commands/data.js')).dataInfo,
  )
    .option('--dataset <name>', 'as for `tenas search`')
    .option('--data <dir>', 'folder of the dataset')
    .option('--images <n>', imagesHelp);
  add(
    data,
    'fetch',
    'Download a dataset from its official address, resume where a download stopped, check the sum.',
    '  $ tenas data fetch cifar10\n  $ tenas data fetch cifar100 --out ./data',
    async () => (await import('./commands/data.js')).dataFetch,
  )
    .argument('<dataset>', 'cifar10 or cifar100')
    .option('--out <dir>', 'folder to put it into', 'data')
    .option('--mirror <url>', 'another address that serves the same archives');
}

/** Makes every command throw on a usage error and write through `io`. */
function redirect(command: Command, io: Io): void {
  command.exitOverride();
  // Usage errors are reported by `report`, in the same words and form as all others.
  command.configureOutput({ writeOut: io.out, writeErr: io.err, outputError: () => {} });
  command.configureHelp({ helpWidth: 110 });
  for (const child of command.commands) redirect(child, io);
}

/**
 * Runs the command line in this process.
 * @param argv arguments without the program's name
 * @returns the exit code; errors are reported through `io` and not thrown
 */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  redirect(program, io);
  if (argv.length === 0) {
    io.err(program.helpInformation());
    return exitCodes.badInput;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(io, argv.includes('--json'), error);
    if (error.exitCode === 0) return exitCodes.ok;
    if (error.code === 'commander.help') return exitCodes.badInput;
    return reportUsage(argv, error, io);
  }
}

function reportUsage(argv: readonly string[], error: CommanderError, io: Io): ExitCode {
  const words = argv
    .filter((word) => !word.startsWith('-'))
    .slice(0, ['batch', 'data'].includes(argv[0] ?? '') ? 2 : 1);
  const message = `${error.message.replace(/^error: /, '')}; see \`${['tenas', ...words, '--help'].join(' ')}\``;
  const usage = Object.assign(new Error(message), { code: 'USAGE' });
  return report(io, argv.includes('--json'), usage);
}
