import { extname } from 'node:path';
import { optionInvalid } from './flag-reading.js';
import { text } from './flag-values.js';

/** Extensions that say what a file is. Other ends of names say nothing: `.bak`, `.2`, none. */
const TELLING: ReadonlySet<string> = new Set(
  [
    '.html .htm .xhtml .mhtml .pdf .ps .eps .md .rst .tex .doc .docx .odt .rtf .ppt .pptx',
    '.svg .png .jpg .jpeg .gif .webp .avif .bmp .tif .tiff .ppm .mp4',
    '.csv .tsv .json .jsonl .ndjson .yaml .yml .toml .xml .xls .xlsx .ods',
    '.parquet .arrow .feather .avro .orc .sqlite .sqlite3 .db .duckdb .h5 .hdf5 .npy .npz .mat .pkl .pickle',
    '.onnx .ort .pt .pth .ckpt .safetensors .tflite .pb .mlmodel .engine .bin',
    '.gz .tgz .bz2 .xz .zst .zip .tar .7z .js .mjs .cjs .ts .py .ipynb .sh .wasm',
  ].flatMap((line) => line.split(' ')),
);

function extensionOf(path: string): string {
  return extname(path).toLowerCase();
}

/** `.a, .b or .c` */
function orText(extensions: readonly string[]): string {
  const last = extensions.at(-1) ?? '';
  return extensions.length < 2 ? last : `${extensions.slice(0, -1).join(', ')} or ${last}`;
}

/** Whether a name says that the file is something else. */
function isForeign(path: string, extensions: readonly string[]): boolean {
  const extension = extensionOf(path);
  return TELLING.has(extension) && !extensions.includes(extension);
}

/**
 * The name of a file that is written in one format. A name that promises another format is refused.
 * @param extensions those of the format, the usual one first: it is the one that errors name
 */
export function fileOf(wanted: string, ...extensions: readonly string[]) {
  return text(wanted).refine((path) => !isForeign(path, extensions), {
    error: () => `a name that ends in ${extensions[0]}`,
  });
}

/**
 * The format that the name of a file asks for; undefined where the name says nothing.
 * @param flag that names the file
 * @param formats with their extensions, the usual one first
 * @param otherwise what else would do, for errors
 * @throws TenasError OPTION_INVALID where the name is one of another format
 */
export function formatOfName<F extends string>(
  flag: string,
  path: string | undefined,
  formats: Readonly<Record<F, readonly string[]>>,
  otherwise: string,
): F | undefined {
  if (path === undefined) return undefined;
  const known = Object.entries(formats) as [F, readonly string[]][];
  if (
    isForeign(
      path,
      known.flatMap(([, extensions]) => extensions),
    )
  ) {
    const usual = known.flatMap(([, extensions]) => extensions.slice(0, 1));
    throw optionInvalid(flag, path, `a name that ends in ${orText(usual)}, ${otherwise}`);
  }
  return known.find(([, extensions]) => extensions.includes(extensionOf(path)))?.[0];
}
