import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readInput, TenasError } from '@tenas/base';

const NAME = 'onnxruntime-web';
/** The version whose files are copied: that of onnxruntime-node here. */
const VERSION = '1.30.0';

/** The files of onnxruntime-web that a page needs, by their names beside the page. */
export type WebRuntime = ReadonlyMap<string, Uint8Array | string>;

/** Script and WebAssembly of {@link WebRuntime}. */
export const RUNTIME_FILES = {
  runtime: 'ort.js',
  wasm: 'ort-wasm-simd-threaded.wasm',
} as const;

const LICENSE = `ort.js and ort-wasm-simd-threaded.wasm are of ${NAME} ${VERSION} (https://onnxruntime.ai), unchanged but for a name.

MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/**
 * Reads onnxruntime-web: beside this command, else in the project of the working directory. It is 139 MB with all its
 * variants, so that it is installed by those who want such pages.
 * @param places folders to look from
 * @throws TenasError ONNXRUNTIME_UNAVAILABLE with the command that installs it
 */
export async function readWebRuntime(
  places: readonly string[] = [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href],
): Promise<WebRuntime> {
  const found = places.map(wasmFrom).find((path) => path !== null);
  if (found == null) throw unavailable(`--web needs ${NAME} ${VERSION}, which is not installed`);
  const folder = dirname(found);
  const manifest: unknown = JSON.parse(
    new TextDecoder().decode(await readInput(join(folder, '../package.json'))),
  );
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
  if (version !== VERSION) throw unavailable(`--web needs ${NAME} ${VERSION}; ${version} is installed`);
  return new Map<string, Uint8Array | string>([
    [RUNTIME_FILES.runtime, await readInput(join(folder, 'ort.wasm.bundle.min.mjs'))],
    [RUNTIME_FILES.wasm, await readInput(found)],
    ['ort-license.txt', LICENSE],
  ]);
}

function wasmFrom(place: string): string | null {
  try {
    return createRequire(place).resolve(`${NAME}/ort-wasm-simd-threaded.wasm`);
  } catch {
    return null;
  }
}

function unavailable(problem: string): TenasError {
  return new TenasError(
    'ONNXRUNTIME_UNAVAILABLE',
    `${problem}; get it with: npm install --ignore-scripts ${NAME}@${VERSION} (139 MB, of which a page takes 14 MB)`,
    { field: '--web' },
  );
}
