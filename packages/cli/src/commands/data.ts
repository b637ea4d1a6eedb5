import { ARCHIVES, type FetchableDataset, fetchDataset } from '@tenas/data';
import { z } from 'zod';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { fetchProgress } from '../fetch-progress.js';
import { datasetOptions, openImageSource } from '../image-source.js';
import { printResult } from '../io.js';
import { oneOf, parseOptions, text } from '../options.js';
import type { Invocation } from '../program.js';

const infoSchema = z.object(datasetOptions);

/** `tenas data info`: what a dataset holds. */
export async function dataInfo({ options, json, io }: Invocation): Promise<ExitCode> {
  const source = await openImageSource(parseOptions(infoSchema, options));
  try {
    const { name, origin, size, sampledFrom = null, classes, height, width, mean, std, fingerprint } = source;
    const document = {
      ...{ name, origin, images: size, sampledFrom, classes },
      ...{ height, width, mean, std, fingerprint },
    };
    const of =
      sampledFrom === null
        ? ''
        : ` (a sample of ${sampledFrom.estimated ? 'about ' : ''}${sampledFrom.images})`;
    printResult(io, json, document, () =>
      [
        `dataset      ${name} (${origin})`,
        `images       ${size}${of}, ${height}x${width}, ${classes} classes`,
        `mean         ${mean.join(', ')} (red, green, blue; 0 to 255)`,
        `deviation    ${std.join(', ')}`,
        `fingerprint  ${fingerprint}`,
      ].join('\n'),
    );
    return exitCodes.ok;
  } finally {
    await source.close?.();
  }
}

const fetchSchema = z.object({
  dataset: oneOf(Object.keys(ARCHIVES) as [FetchableDataset, ...FetchableDataset[]]),
  out: text('a folder'),
  mirror: z.url({ protocol: /^https?$/, error: () => 'an http or https address' }).optional(),
});

/** `tenas data fetch`: downloads a dataset, or says that it is there. */
export async function dataFetch({ options, args, json, io }: Invocation): Promise<ExitCode> {
  const { dataset, out, mirror } = parseOptions(fetchSchema, { ...options, dataset: args[0] });
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
