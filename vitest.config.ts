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
    // The longest takes 40 s on two idle cores, and several run side by side on machines that may be busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
