import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Words of a test file that needs its own process: it measures memory or asks what is loaded; it leaves another module,
 * an entry of a registry (also of a space from a file) or a variable; or it begins processes and servers, which are to
 * end with it.
 */
const apart =
  /expectBounded|(memory|cpu|resource)Usage|createRequire|\bvi\.|register(Space|Metric|Strategy)\(|\bstem:|plug-?ins?\b|process\.env[.[].* = |child_process|worker_threads|built-command|command-server|redis/i;

/** Test files of these folders that can share a process. */
function together(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => {
      const place = join(import.meta.dirname, folder, 'test');
      const names = readdirSync(place, { recursive: true, encoding: 'utf8' });
      return names.filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/test/${name}`);
    })
    .filter((path) => !apart.test(readFileSync(join(import.meta.dirname, path), 'utf8')));
}

const functions = together([
  'native',
  ...['base', 'data', 'evaluation', 'graph', 'latency', 'metrics', 'onnx'].map((name) => `packages/${name}`),
  ...['records', 'report', 'search', 'spaces', 'train'].map((name) => `packages/${name}`),
]);
const commands = together(['packages/cli']);

// Workspace packages resolve to their TypeScript sources, so unit tests need no build of the packages;
// only the native addon must have been compiled.
export default defineConfig({
  resolve: { conditions: ['tenas-source'] },
  ssr: { resolve: { conditions: ['tenas-source', 'node', 'import', 'module', 'default'] } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // The longest takes 40 s on two idle cores, and several run side by side on machines that may be busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'apart',
          include: [
            'native/test/**/*.test.ts',
            'packages/*/test/**/*.test.ts',
            'benchmarks/test/**/*.test.ts',
            'test/**/*.test.ts',
          ],
          exclude: [...functions, ...commands],
        },
      },
      // A process takes many files: to begin one and to load the sources takes longer than most of these tests.
      { extends: true, test: { name: 'commands', include: commands, isolate: false } },
      { extends: true, test: { name: 'functions', include: functions, isolate: false } },
    ],
  },
});
