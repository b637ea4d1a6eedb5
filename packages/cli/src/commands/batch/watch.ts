import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIVE_PARTS, type LivePart, type LiveState, livePage, liveParts, liveStatus } from '@tenas/report';
import { StoreReader } from '@tenas/runner';
import { drawnChoices } from '../../drawn-choices.js';
import type { ExitCode } from '../../exit-codes.js';
import { optionInvalid } from '../../flag-reading.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { LiveBatch } from './live-batch.js';
import type { watchUsage } from './options.js';

/** Least milliseconds between two looks at the store. A look takes at most a fifth of the time. */
const INTERVAL = 1000;
const SHARE = 5;

const SCRIPT = 'live-page.mjs';
const EVENTS = 'events';

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** `tenas batch watch`: serves a page that follows a batch, on this machine alone. */
export async function batchWatch({ given, json, io }: Invocation<typeof watchUsage>): Promise<ExitCode> {
  using reader = new StoreReader(given.folder);
  const batch = new LiveBatch(reader);
  const page = livePage({
    title: `Batch ${basename(resolve(given.folder))}`,
    script: SCRIPT,
    events: EVENTS,
  });
  const followers = new Followers(batch.update(performance.now(), Date.now()));
  const server = createServer((request, response) => {
    if (!isOwn(request, server.address())) {
      response.writeHead(403, HEADERS).end('open the page by its address\n');
    } else if (request.method !== 'GET') {
      response.writeHead(405, { ...HEADERS, allow: 'GET' }).end();
    } else if (request.url === '/') {
      response.writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' }).end(page.html);
    } else if (request.url === `/${SCRIPT}`) {
      response
        .writeHead(200, { ...HEADERS, 'content-type': 'text/javascript; charset=utf-8' })
        .end(page.script);
    } else if (request.url === `/${EVENTS}`) {
      response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
      followers.add(response);
    } else {
      response.writeHead(404, HEADERS).end('no such page\n');
    }
  });
  server.listen(given.serve === true ? 0 : given.serve, '127.0.0.1');
  await once(server, 'listening', { signal: io.signal }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    throw optionInvalid('--serve', given.serve, 'a port that is free and that you may use');
  });
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}/`;
  printResult(
    io,
    json,
    { address, folder: given.folder },
    () => `${address}  (Ctrl-C ends the page, not the batch)`,
  );
  try {
    for (;;) {
      const began = performance.now();
      followers.send(batch.update(performance.now(), Date.now()));
      const took = performance.now() - began;
      await sleep(Math.max(INTERVAL, SHARE * took), undefined, { signal: io.signal });
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Pages of other sites may send requests to this machine under other names (DNS rebinding): only its address counts. */
function isOwn({ headers }: IncomingMessage, address: AddressInfo | string | null): boolean {
  if (address === null || typeof address === 'string') return false;
  return headers.host === `127.0.0.1:${address.port}` || headers.host === `localhost:${address.port}`;
}

/** Most pages that are open at once. */
const MOST_FOLLOWERS = 100;

/** The open pages. Each gets all parts at first, and then those that change. */
class Followers {
  readonly #open = new Set<ServerResponse>();
  #parts: Readonly<Record<LivePart, string>>;
  #state: LiveState;

  constructor(state: LiveState) {
    this.#state = state;
    this.#parts = liveParts(state, drawnChoices);
  }

  add(response: ServerResponse): void {
    if (this.#open.size >= MOST_FOLLOWERS) {
      response.end();
      return;
    }
    this.#open.add(response);
    response.on('close', () => this.#open.delete(response));
    response.write(this.#event(this.#parts));
  }

  send(state: LiveState): void {
    this.#state = state;
    const parts = liveParts(state, drawnChoices);
    const changed = LIVE_PARTS.filter((part) => parts[part] !== this.#parts[part]);
    this.#parts = parts;
    const event = this.#event(Object.fromEntries(changed.map((part) => [part, parts[part]])));
    for (const response of this.#open) {
      // A page that does not read gets nothing new until it has read the rest, and then all of it.
      if (response.writableLength === 0) response.write(event);
      else response.destroy();
    }
  }

  #event(parts: Partial<Record<LivePart, string>>): string {
    return `data: ${JSON.stringify({ status: liveStatus(this.#state), parts })}\n\n`;
  }
}
