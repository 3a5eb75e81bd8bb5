import { defineConfig } from 'vitest/config';

const conditions = ['@koa-context-window/source'];
const shared = {
  root: new URL('..', import.meta.url).pathname,
  ssr: { resolve: { conditions } },
  resolve: { conditions },
};

/** Unit tests lie beside the code; `test/` holds what crosses a process or a folder. */
export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', './test/summary-reporter.ts'],
    coverage: {
      provider: 'v8',
      include: [
        'instrumentation/src/**',
        'dashboards/**/*.ts',
        'alerts/**/*.ts',
        'compose/**/*.ts',
        'scripts/**/*.ts',
      ],
      exclude: ['**/*.test.ts', 'scripts/bench/**'],
      reporter: ['text-summary'],
      thresholds: {
        'instrumentation/src/**': { statements: 95, branches: 90, functions: 95, lines: 95 },
        '{dashboards,alerts,compose,scripts}/**': { statements: 85, lines: 85 },
      },
    },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{instrumentation,dashboards,alerts,compose,scripts}/**/*.test.ts'],
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
