import { configDefaults, defineConfig } from 'vitest/config';

/** The fast suite: everything beside the code. What needs real servers or a browser is selected by test/vitest.config.ts. */
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'dist/**', 'test/**'],
    testTimeout: 30_000,
  },
});
