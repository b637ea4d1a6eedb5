import { join } from 'node:path';
import { ensureWritableFolder, ensureWritableTarget, type OutputOptions, TenasError } from '@tenas/base';
import { formatOfName } from '../../output-format.js';

/** Name of the ONNX file in folders that hold one. */
export const MODEL_FILE = 'model.onnx';

/** Where an export goes; null: it does not. */
export interface Targets {
  readonly onnx: string | null;
  /** Folder for PyTorch. */
  readonly pytorch: string | null;
  /** Folder of the page. */
  readonly web: string | null;
  /** What the document names: `--out`, else the ONNX file beside the page. */
  readonly out: string;
  /** An ONNX file among them. */
  readonly model: string;
}

/** Reads `--out`, `--format` and `--web`. @throws TenasError OPTION_INVALID without `--out` and `--web`, for the name of a file of another format, or for a page of several images */
export function targetsOf(given: {
  readonly out?: string | undefined;
  readonly format: 'onnx' | 'pytorch';
  readonly web?: string | undefined;
  readonly batch?: number | undefined;
}): Targets {
  const { out, format, web = null, batch = 1 } = given;
  if (web !== null && batch !== 1) {
    const message = '--batch: the page of --web shows one picture at a time; give 1, or leave it out';
    throw new TenasError('OPTION_INVALID', message, { field: '--batch', value: batch });
  }
  if (out !== undefined) {
    if (format === 'onnx')
      formatOfName('--out', out, { onnx: ['.onnx'] }, 'or --format pytorch and a folder');
    return format === 'pytorch'
      ? { onnx: null, pytorch: out, web, out, model: join(out, MODEL_FILE) }
      : { onnx: out, pytorch: null, web, out, model: out };
  }
  if (web !== null && format === 'onnx') {
    const model = join(web, MODEL_FILE);
    return { onnx: null, pytorch: null, web, out: model, model };
  }
  const wanted =
    format === 'pytorch' ? 'the folder to write' : 'the ONNX file to write; or --web, a folder for a page';
  throw new TenasError('OPTION_INVALID', `--out is required: ${wanted}`, { field: '--out' });
}

/** Fails before the work where something could not be written after it. @throws TenasError of the writers */
export async function ensureWritable({ onnx, pytorch, web }: Targets, options: OutputOptions): Promise<void> {
  if (onnx !== null) await ensureWritableTarget(onnx, options);
  if (pytorch !== null) await ensureWritableFolder(pytorch, options);
  if (web !== null) await ensureWritableFolder(web, options);
}

/** For people: where a page is, and how it is seen. */
export function servedLine(folder: string): string {
  const quoted = /^[\w./-]+$/.test(folder) ? folder : `'${folder}'`;
  return `${join(folder, 'index.html')}; to see it: python3 -m http.server --bind 127.0.0.1 --directory ${quoted} 8000`;
}
