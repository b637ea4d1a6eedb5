import { clip } from '@tenas/base';
import { ARCHIVES, classCounts, type FetchableDataset, fetchDataset } from '@tenas/data';
import { z } from 'zod';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { fetchProgress } from '../fetch-progress.js';
import { datasetOptions, openImageSource } from '../image-source.js';
import { printResult } from '../io.js';
import { oneOf, parseOptions, text } from '../options.js';
import type { Invocation } from '../program.js';

const infoSchema = z.object(datasetOptions);

/** Classes that are named to people; `--json` has all. */
const SHOWN_CLASSES = 10;

/** A class of a dataset, as `tenas data info` describes it. */
interface ClassInfo {
  readonly label: number;
  /** null: the dataset does not hold names. */
  readonly name: string | null;
  readonly images: number;
}

/** One line about the classes; null stands for images without labels. */
function classesText(classes: readonly ClassInfo[] | null): string {
  if (classes === null) return 'none: the images are not in class folders';
  const shown = classes.slice(0, SHOWN_CLASSES).map(({ label, name, images }) => {
    // Names of folders may hold anything, such as sequences that a terminal obeys.
    return `${name === null ? label : clip(name.replace(/\p{C}/gu, '\u{FFFD}'))} (${images})`;
  });
  const more = classes.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** `tenas data info`: what a dataset holds. */
export async function dataInfo({ options, json, io }: Invocation): Promise<ExitCode> {
  const source = await openImageSource(parseOptions(infoSchema, options));
  try {
    const { name, origin, size, sampledFrom = null, classes, height, width, mean, std, fingerprint } = source;
    const counts = source.labels === undefined ? null : await classCounts(source, io.signal);
    const labels =
      counts?.map(
        (images, label): ClassInfo => ({ label, name: source.classNames?.[label] ?? null, images }),
      ) ?? null;
    const document = {
      ...{ name, origin, images: size, sampledFrom, classes, labels },
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
        `labels       ${classesText(labels)}`,
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
