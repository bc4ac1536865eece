import { configDefaults, defineConfig } from 'vitest/config';

/** The fast suite: everything beside the code. What needs real servers or a browser is selected by test/vitest.config.ts. */
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'dist/**', 'test/**'],
    // By default one core is left to the watcher, and each file loads all modules anew: a third of the time.
    maxWorkers: '100%',
    isolate: false,
    // None takes half a minute alone; beside other work on the same cores it may take several times that.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
