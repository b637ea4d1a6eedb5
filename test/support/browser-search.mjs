// A worker of a page: searches by the engine as WebAssembly and posts progress and the record.
import { syntheticImages } from '@tenas/data';
import { useWasmEngine } from '@tenas/native/wasm';
import { runSearch } from '@tenas/search';
import { getSpace } from '@tenas/spaces';

globalThis.onmessage = async ({ data: { space, images, ...options } }) => {
  try {
    const file = await fetch('tenas_engine.wasm');
    useWasmEngine(new Uint8Array(await file.arrayBuffer()));
    const record = await runSearch({
      ...options,
      space: getSpace(space),
      source: syntheticImages(images),
      onProgress: ({ kind }) => postMessage({ kind }),
    });
    postMessage({ kind: 'record', record });
  } catch (error) {
    postMessage({ kind: 'failed', message: String(error?.stack ?? error) });
  }
};
