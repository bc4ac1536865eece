import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';

/** The suites that need real parts (a Prometheus, a browser); choose one by its name: `npm run test:prometheus`. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: process.env.CI ? ['test/property-seed.ts'] : [],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    sequence: { sequencer: LongestFirst },
    // Stories in real time mostly wait: those that may run at once all do.
    maxConcurrency: 20,
  },
});
