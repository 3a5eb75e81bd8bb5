import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The integration files that take longest, longest first. */
const longest = [
  'outages',
  'alert-outages',
  'alert-restarts',
  'alerts',
  'alert-rules',
  'alert-delivery',
  'stack-failures',
  'stack-rollback',
  'stack-watchers',
  'monitor',
  'ctxd',
  'alert-endings',
  'package',
  'stack-passwords',
  'stack-versions',
  'receiver',
  'stack-runtimes',
  'stack-native',
  'stack-disabled',
  // Takes the most processor time: not beside the alerts, whose times count.
  'page-memory',
  'sessions',
  'dashboards',
].map((name) => `/test/${name}.test.ts`);

/** Starts the longest files first, so that none of them runs alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

/** Its place among the longest; the others come after them. */
function rankOf({ moduleId }: TestSpecification): number {
  const rank = longest.findIndex((path) => moduleId.endsWith(path));
  return rank < 0 ? longest.length : rank;
}
