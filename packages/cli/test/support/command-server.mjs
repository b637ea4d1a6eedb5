// Runs commands for tests in one process, one after the other: see command-server.ts.
import { runCli } from '../../dist/index.js';

/** @typedef {{ argv: readonly string[], cwd: string, env: Record<string, string | undefined> }} Request */

/** @param {Request} request */
async function answer({ argv, cwd, env }) {
  process.chdir(cwd);
  let [out, err] = ['', ''];
  const code = await runCli(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    terminal: null,
    env: { ...process.env, ...env },
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

process.on('message', async (message) => {
  process.send?.(await answer(/** @type {Request} */ (message)));
});
process.on('disconnect', () => process.exit());
