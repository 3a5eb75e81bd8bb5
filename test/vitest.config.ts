import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';

/** Long enough that only a test that hangs exceeds it, however busy the machine is. */
const testTimeout = 120_000;
const conditions = ['@koa-context-window/source'];
/** No test shows its alerts on the desktop. */
const quiet = { CTXD_ALERT_DESKTOP: '0' };
const shared = {
  root: new URL('..', import.meta.url).pathname,
  ssr: { resolve: { conditions } },
  resolve: { conditions },
};

/** Unit tests lie beside the code; `test/` holds what crosses a process or a folder. */
export default defineConfig({
  ...shared,
  test: {
    sequence: { sequencer: LongestFirst },
    maxConcurrency: 10,
    teardownTimeout: testTimeout,
    reporters: ['default', './test/summary-reporter.ts'],
    coverage: {
      provider: 'v8',
      include: [
        'instrumentation/src/**/*.ts',
        'dashboards/**/*.ts',
        'alerts/**/*.ts',
        'compose/**/*.ts',
        'scripts/**/*.ts',
      ],
      // What runs only in the browser or in the receiver's own process is tested there, where coverage is not measured.
      exclude: [
        '**/*.test.ts',
        'scripts/bench/**',
        'dashboards/web/browser/**',
        'instrumentation/src/receiver/watch/**',
        'instrumentation/src/receiver/run-receiver.ts',
      ],
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
          env: quiet,
          include: ['{instrumentation,dashboards,alerts,compose,scripts}/**/*.test.ts'],
          maxWorkers: availableParallelism(),
          testTimeout,
          hookTimeout: testTimeout,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          env: quiet,
          include: ['test/**/*.test.ts'],
          exclude: ['test/npx/**'],
          // These files mostly wait: for an alert to fire, a part to get healthy, an outage to end.
          maxWorkers: Math.min(2 * availableParallelism() + 1, 8),
          testTimeout: 2 * testTimeout,
          hookTimeout: 900_000,
          expect: { poll: { timeout: testTimeout } },
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        // Installs a registry and runs the package from it, which takes a minute or two.
        test: {
          name: 'npx',
          include: ['test/npx/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
