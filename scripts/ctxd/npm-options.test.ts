import { expect, test } from 'vitest';
import { keptByNpm } from './npm-options.ts';

const npm = { npm_command: 'run-script', npm_lifecycle_event: 'stack:reset' };

test('an option that npm kept is noticed, with the way to pass it on', () => {
  expect(keptByNpm(['reset'], { ...npm, npm_config_dry_run: 'true' })).toBe(
    'npm kept --dry-run for itself. Put -- before it: npm run stack:reset -- --dry-run',
  );
  expect(keptByNpm([], { ...npm, npm_config_json: 'true' })).toContain('ctxd … --json');
});

test.each([
  ['npm kept nothing', ['reset'], npm],
  ['the option arrived', ['reset', '--dry-run'], { ...npm, npm_config_dry_run: 'true' }],
  ['the option is off', ['reset'], { ...npm, npm_config_dry_run: 'false', npm_config_json: '' }],
  ['npm did not start it', ['reset'], { npm_config_dry_run: 'true' }],
])('nothing is said when %s', (_, args, env) => {
  expect(keptByNpm(args, env)).toBeUndefined();
});
