import { type CommandTree, command, commandWith, group } from './command-tree.js';

/** The commands of `tenas`, in the order of its help. */
export const commandList: CommandTree = [
  command(
    'search',
    'Search for an architecture; writes a JSON record of everything measured.',
    async () => (await import('./commands/search/options.js')).searchUsage,
    async () => (await import('./commands/search/run.js')).search,
  ),
  command(
    'score',
    'Score one architecture by metrics.',
    async () => (await import('./commands/score/options.js')).scoreUsage,
    async () => (await import('./commands/score/run.js')).score,
  ),
  command(
    'train',
    'Train an architecture; writes its weights, an ONNX network and the learning curves.',
    async () => (await import('./commands/train/options.js')).trainUsage,
    async () => (await import('./commands/train/run.js')).train,
  ),
  command(
    'export',
    'Write an architecture as an ONNX network of full size.',
    async () => (await import('./commands/export/options.js')).exportUsage,
    async () => (await import('./commands/export/run.js')).exportNetwork,
  ),
  commandWith(
    command(
      'latency',
      'Measure how long networks take in onnxruntime on this machine, or predict it.',
      async () => (await import('./commands/latency/options.js')).latencyUsage,
      async () => (await import('./commands/latency/run.js')).latency,
    ),
    [
      command(
        'table',
        'Make a model that predicts latencies: measured here, or of a table of another device.',
        async () => (await import('./commands/latency/options.js')).latencyTableUsage,
        async () => (await import('./commands/latency/table.js')).latencyTable,
      ),
    ],
  ),
  command(
    'check',
    'Replay reference fixtures on this build: logits, kernels, counts and metrics.',
    async () => (await import('./commands/check/options.js')).checkUsage,
    async () => (await import('./commands/check/run.js')).check,
  ),
  command(
    'bench',
    'Measure how fast a metric is on this machine, on fresh random inputs and weights.',
    async () => (await import('./commands/bench/options.js')).benchUsage,
    async () => (await import('./commands/bench/run.js')).bench,
  ),
  command(
    'evaluate',
    'Judge scores by the accuracies of trained networks: rank correlations, regret, expected best.',
    async () => (await import('./commands/evaluate/options.js')).evaluateUsage,
    async () => (await import('./commands/evaluate/run.js')).evaluate,
  ),
  group('study', 'Study how ways to judge architectures without labels rank them.', [
    command(
      'unnas',
      'Train a sample of architectures on tasks without labels, and compare how they rank it.',
      async () => (await import('./commands/study/options.js')).taskStudyUsage,
      async () => (await import('./commands/study/run.js')).taskStudy,
    ),
  ]),
  command(
    'report',
    'Turn result files into an HTML report or single figures.',
    async () => (await import('./commands/report/options.js')).reportUsage,
    async () => (await import('./commands/report/run.js')).report,
  ),
  command(
    'page',
    'Write a page on which a search runs in a browser, on own pictures or synthetic ones.',
    async () => (await import('./commands/page/options.js')).pageUsage,
    async () => (await import('./commands/page/run.js')).page,
  ),
  group('data', 'Look at a dataset or download one; make tables of published accuracies.', [
    command(
      'info',
      'Show what a dataset holds: images, size, classes, statistics.',
      async () => (await import('./commands/data/options.js')).infoUsage,
      async () => (await import('./commands/data/info.js')).dataInfo,
    ),
    command(
      'fetch',
      'Download a dataset from its official address, resume where a download stopped, check the sum.',
      async () => (await import('./commands/data/options.js')).fetchUsage,
      async () => (await import('./commands/data/fetch.js')).dataFetch,
    ),
    command(
      'table',
      'Make a CSV of accuracies, for `tenas evaluate`, of a file that benchmark authors publish.',
      async () => (await import('./commands/data/options.js')).tableUsage,
      async () => (await import('./commands/data/table.js')).dataTable,
    ),
  ]),
  group('batch', 'Run thousands of searches and scores; resume after a crash; read the results.', [
    command(
      'run',
      'Run the jobs of a spec that are not stored yet; start it again to continue where it stopped.',
      async () => (await import('./commands/batch/options.js')).runUsage,
      async () => (await import('./commands/batch/run.js')).batchRun,
    ),
    command(
      'status',
      'Show progress of a batch.',
      async () => (await import('./commands/batch/options.js')).statusUsage,
      async () => (await import('./commands/batch/read.js')).batchStatus,
    ),
    command(
      'watch',
      'Serve a page that follows a batch: progress, best jobs, failures.',
      async () => (await import('./commands/batch/options.js')).watchUsage,
      async () => (await import('./commands/batch/watch.js')).batchWatch,
    ),
    command(
      'results',
      'Show results as a table, the best first.',
      async () => (await import('./commands/batch/options.js')).resultsUsage,
      async () => (await import('./commands/batch/results.js')).batchResults,
    ),
    command(
      'export',
      'Write results as CSV or as one JSON document per line.',
      async () => (await import('./commands/batch/options.js')).exportUsage,
      async () => (await import('./commands/batch/read.js')).batchExport,
    ),
    command(
      'compare',
      'Compare two batches: paired differences, rank correlations, what searches found.',
      async () => (await import('./commands/batch/options.js')).compareUsage,
      async () => (await import('./commands/batch/compare.js')).batchCompare,
    ),
    command(
      'merge',
      'Bring the shards of a batch together, by the keys of their jobs.',
      async () => (await import('./commands/batch/options.js')).mergeUsage,
      async () => (await import('./commands/batch/tend.js')).batchMerge,
    ),
    command(
      'verify',
      'Compare every stored row with its checksum, and every page in use.',
      async () => (await import('./commands/batch/options.js')).verifyUsage,
      async () => (await import('./commands/batch/tend.js')).batchVerify,
    ),
    command(
      'backup',
      'Copy the store into a file, also while a batch runs.',
      async () => (await import('./commands/batch/options.js')).backupUsage,
      async () => (await import('./commands/batch/tend.js')).batchBackup,
    ),
    command(
      'retry',
      'Re-queue failed or damaged jobs.',
      async () => (await import('./commands/batch/options.js')).retryUsage,
      async () => (await import('./commands/batch/tend.js')).batchRetry,
    ),
    command(
      'gc',
      'Remove the results of jobs that the latest spec does not ask for, and shrink the store.',
      async () => (await import('./commands/batch/options.js')).collectUsage,
      async () => (await import('./commands/batch/tend.js')).batchCollect,
    ),
  ]),
  group('init', 'Write a commented, working skeleton of your own to begin with.', [
    command(
      'space',
      'Write a search space of your own, and the test of its contract.',
      async () => (await import('./commands/init/options.js')).initSpaceUsage,
      async () => (await import('./commands/init/run.js')).initSpace,
    ),
  ]),
  command(
    'worker',
    'Start a worker for a batch queue.',
    async () => (await import('./commands/worker/options.js')).workerUsage,
    async () => (await import('./commands/worker/run.js')).worker,
  ),
  command(
    'info',
    'Show versions, instruction set, threads, GPU, spaces, metrics, strategies and datasets.',
    async () => (await import('./commands/info/options.js')).infoUsage,
    async () => (await import('./commands/info/run.js')).info,
  ),
  command(
    'systems',
    'List the published systems of architecture search that are built in, with their costs and commands.',
    async () => (await import('./commands/systems/options.js')).systemsUsage,
    async () => (await import('./commands/systems/run.js')).systems,
  ),
  command(
    'completion',
    'Print a script by which bash, zsh or fish completes commands, flags and names.',
    async () => (await import('./commands/completion/options.js')).completionUsage,
    async () => (await import('./commands/completion/run.js')).completionOf(commandList),
  ),
];
