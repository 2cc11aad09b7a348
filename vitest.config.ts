// Test projects: `unit` runs pure TypeScript, `integration` starts child processes with the built package, `package`
// installs it as its users do, `consumers` has other tools open what it exports, `browser` opens reports in Chromium.
// Two workers at most: the integration tests are themselves several processes each.
import { defineConfig } from 'vitest/config';

const shared = {
  pool: 'forks',
  hookTimeout: 120_000,
  isolate: true,
} as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // What a busy machine may have spoilt (rates, time-outs) is tried once more; the report says so.
          retry: 1,
          testTimeout: 180_000,
        },
      },
      {
        // Opens exports with tools that npm does not have: only in .ci/run, which installs them.
        test: {
          ...shared,
          name: 'consumers',
          include: ['test/consumers/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        // Needs Chromium: only in .ci/run.
        test: { ...shared, name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        // Packs and installs the package, which takes a compiler and the npm registry: only in .ci/run.
        test: { ...shared, name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 300_000 },
      },
    ],
  },
});
