import { defineConfig } from 'vitest/config';

// Node and Vite add `import` and `require` themselves, each where it applies; given here, `require` would find ES modules.
const conditions = ['@seaworthy/source', 'node'];
const resolve = { conditions };
const ssr = { resolve: { conditions, externalConditions: conditions } };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: ['{packages,apps,examples}/*/src/**/*.test.ts', 'tests/conventions/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/node_modules/**'],
          typecheck: { enabled: false },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'integration',
          include: [
            '{packages,apps,examples}/*/src/**/*.integration.test.ts',
            'tests/**/*.integration.test.ts',
          ],
          // Real processes, ports and clocks on few cores: one file at a time, generous bounds.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
