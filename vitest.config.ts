import { configDefaults, defineConfig } from 'vitest/config';
import { BUILT, builtModules } from './test/built-modules.ts';

/** Ends threads amid native work, in a process of its own: what other files have loaded there is no part of it. */
const THREADS = 'models/neural/thread.test.ts';
const EXCLUDED = [...configDefaults.exclude, 'dist/**', 'test/**'];

/** `npm test` has just built all; a file that is run by hand is tried with the sources as they are. */
const isBuilt = process.env.PRESCALE_BUILT === 'true';

/** The fast suite: everything beside the code. What needs real servers or a browser is selected by test/vitest.config.ts. */
export default defineConfig({
  plugins: isBuilt ? [builtModules()] : [],
  test: {
    server: { deps: { external: isBuilt ? [BUILT] : [] } },
    setupFiles: process.env.CI ? ['test/property-seed.ts'] : [],
    // By default one core is left to the watcher.
    maxWorkers: '100%',
    // None takes half a minute alone; beside other work on the same cores it may take several times that.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A test that ends without an assertion has shown nothing.
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        // By default each file loads all modules anew: a third of the time.
        test: { name: 'all', include: ['**/*.test.ts'], exclude: [...EXCLUDED, THREADS], isolate: false },
      },
      { extends: true, test: { name: 'threads', include: [THREADS], isolate: true } },
    ],
  },
});
