/** Variables that name a proxy, as curl and others read them; `no_proxy` names hosts that need none. */
const VARIABLES = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];

/**
 * `fetch` through the proxy that the environment names, if it names one: the one of Node 20 and 22 does not look there.
 */
export async function throughProxy(
  url: string,
  init: { headers?: Record<string, string>; signal?: AbortSignal },
) {
  if (VARIABLES.every((name) => !process.env[name])) return await fetch(url, init);
  // Loaded where there is a proxy. Its own fetch: that of Node may be of another version than the agent.
  const { EnvHttpProxyAgent, fetch: proxied } = await import('undici');
  return await proxied(url, { ...init, dispatcher: withoutWarning(() => new EnvHttpProxyAgent()) });
}

/** The agent warns that it may change; the version is pinned, and people who download images cannot do anything about it. */
function withoutWarning<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
