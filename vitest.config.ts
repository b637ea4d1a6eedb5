import { defineConfig } from 'vitest/config';

// Workspace packages resolve to their TypeScript sources, so unit tests need no build of the packages;
// only the native addon must have been compiled.
export default defineConfig({
  resolve: { conditions: ['tenas-source'] },
  ssr: { resolve: { conditions: ['tenas-source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: [
      'native/test/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'benchmarks/test/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
