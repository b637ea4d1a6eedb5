import { fetchDataset } from '@tenas/data';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { datasetFolder } from '../../user-defaults.js';
import { fetchProgress } from './fetch-progress.js';
import type { fetchUsage } from './options.js';

/** `tenas data fetch`: downloads a dataset, or says that it is there. */
export async function dataFetch({ given, json, io }: Invocation<typeof fetchUsage>): Promise<ExitCode> {
  const { dataset, mirror } = given;
  const out = given.out ?? (await datasetFolder(io.env));
  const progress = fetchProgress(io, dataset);
  try {
    const folder = await fetchDataset(dataset, {
      into: out,
      signal: io.signal,
      onProgress: progress.show,
      ...(mirror === undefined ? {} : { baseUrl: mirror.replace(/\/$/, '') }),
    });
    progress.stop();
    const document = { dataset, folder, downloaded: progress.started() };
    const verb = document.downloaded ? 'downloaded to' : 'is there already:';
    printResult(io, json, document, () => `${dataset} ${verb} ${folder}`);
    return exitCodes.ok;
  } finally {
    progress.stop();
  }
}
