import { durationText, TenasError } from '@tenas/base';
import { isPruneRecord, type SearchRecord } from '@tenas/records';
import { searchProgressPart, searchResultPart } from '@tenas/report';
import { runSearch, SearchFailed, SearchInterrupted, type SearchState } from '@tenas/search';
import { recordName, textOf, withTool } from '../commands/search/record-file.js';
import { drawnChoices } from '../drawn-choices.js';
import { version } from '../version.js';
import type { ToPage } from './messages.js';
import { rankedArchitectures } from './ranked-architectures.js';
import type { WishedSearch } from './wished-search.js';

/** Milliseconds between two messages of progress within a step, at least. */
const INTERVAL = 250;

/** How a search ended: it has a record unless it failed before its first step. */
export type SearchEnd =
  | { readonly kind: 'record'; readonly record: SearchRecord; readonly failure: TenasError | null }
  | { readonly kind: 'failed'; readonly failure: unknown };

/** Runs a search of the page and tells it how far it is. */
export async function searchForPage(
  search: WishedSearch,
  tell: (message: ToPage) => void,
  signal: AbortSignal,
): Promise<SearchEnd> {
  let last = 0;
  let drawn: string | null = null;
  const told = (state: SearchState): void => {
    const now = performance.now();
    if (now - last < INTERVAL && state.best === drawn) return;
    last = now;
    drawn = state.best;
    tell({
      kind: 'progress',
      status: statusOf(state),
      share: state.share,
      markup: progressMarkup(search, state),
    });
  };
  try {
    const record = await runSearch({
      ...search,
      signal,
      onProgress: (event) => {
        if (event.kind === 'start')
          tell({ kind: 'progress', status: `Searching: ${event.text}`, share: 0, markup: null });
        if (event.kind === 'step-start' || event.kind === 'progress' || event.kind === 'step-end')
          told(event);
      },
    });
    return { kind: 'record', record: withTool(record), failure: null };
  } catch (error) {
    if (error instanceof SearchInterrupted)
      return { kind: 'record', record: withTool(error.record), failure: null };
    if (error instanceof SearchFailed)
      return { kind: 'record', record: withTool(error.record), failure: error };
    return { kind: 'failed', failure: error };
  }
}

function statusOf({ label, done, total, secondsLeft }: SearchState): string {
  const left = secondsLeft === null ? 'time left not known yet' : `about ${durationText(secondsLeft)} left`;
  return `Searching, ${label}: ${done} of ${total}, ${left}`;
}

function progressMarkup({ space }: WishedSearch, state: SearchState): string {
  const { best, values } = state;
  return searchProgressPart({
    ...state,
    best:
      best === null
        ? null
        : { architecture: best, choices: drawnChoices(space.name, best), values: values ?? {} },
    metrics: [],
  });
}

/** A record with its table, its drawings and its file, as the page shows it. */
export function foundMessage(record: SearchRecord, search: WishedSearch, failure: TenasError | null): ToPage {
  const { space } = search;
  const { ranked, scored } = rankedArchitectures(record, search);
  const kind = isPruneRecord(record) ? record.detail.protocol : record.strategy;
  const name = recordName({ space: space.name, dataset: record.dataset.name, kind, seed: record.seed });
  const whole = record.status === 'complete';
  return {
    kind: 'found',
    status:
      failure !== null
        ? `The search failed: ${failureText(failure)} What was measured until then is below.`
        : whole
          ? `Found in ${durationText(record.seconds)}: ${record.architecture}`
          : `Stopped after ${durationText(record.seconds)}. What was measured until then is below.`,
    failed: failure !== null,
    markup: searchResultPart({
      record,
      ranked,
      scored,
      options: { choicesOf: drawnChoices, spaceTitle: () => space.title, toolVersion: version() },
    }),
    record: { name: `${name}${whole ? '' : '.partial'}.json`, content: textOf(record) },
    hasNetwork: record.architecture !== null,
  };
}

/** An error for people: a sentence, with advice where memory is short. */
export function failureText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const sentence = text.endsWith('.') ? text : `${text}.`;
  if (!isOutOfMemory(error)) return sentence;
  return `${sentence} A page has at most 4 GB: take smaller pictures, another space, or the command on a computer.`;
}

function isOutOfMemory(error: unknown): boolean {
  if (error instanceof TenasError && error.code === 'OUT_OF_MEMORY') return true;
  return error instanceof RangeError && /memory|allocation/i.test(error.message);
}
