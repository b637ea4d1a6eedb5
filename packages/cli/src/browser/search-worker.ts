import { TenasError } from '@tenas/base';
import { useWasmEngine } from '@tenas/native/wasm';
import type { SearchRecord } from '@tenas/records';
import type { ToPage, ToWorker } from './messages.js';
import { networkFile } from './network-file.js';
import { failureText, foundMessage, searchForPage } from './page-search.js';
import { type WishedSearch, wishedSearch } from './wished-search.js';

/** The worker's own scope, as far as it is used: the types here are those of Node. */
interface WorkerScope {
  postMessage(message: ToPage): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}
const scope = globalThis as unknown as WorkerScope;

let stopping = new AbortController();
let last: { readonly record: SearchRecord; readonly search: WishedSearch } | null = null;

/** Searches, and tells the page what was found. */
async function search(message: Extract<ToWorker, { kind: 'search' }>): Promise<void> {
  last = null;
  stopping = new AbortController();
  const wished = wishedSearch(message.wish);
  const end = await searchForPage(wished, (told) => scope.postMessage(told), stopping.signal);
  if (end.kind === 'failed') throw end.failure;
  last = { record: end.record, search: wished };
  scope.postMessage(foundMessage(end.record, wished, end.failure));
}

async function network(): Promise<void> {
  const { record, search: of } = last ?? {};
  if (record?.architecture == null || of === undefined) {
    throw new TenasError('INTERNAL', 'there is no architecture yet');
  }
  const file = await networkFile({ ...record, architecture: record.architecture }, of, stopping.signal);
  scope.postMessage({ kind: 'network', file });
}

async function answer(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'engine':
      useWasmEngine(message.bytes);
      scope.postMessage({ kind: 'ready' });
      return;
    case 'search':
      return await search(message);
    case 'stop':
      stopping.abort();
      return;
    case 'network':
      return await network();
  }
}

scope.onmessage = ({ data }) => {
  answer(data).catch((error: unknown) => {
    scope.postMessage({ kind: 'failed', message: failureText(error) });
  });
};
