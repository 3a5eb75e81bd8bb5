import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

const refused = [
  ['instrumentation/src/a.ts', '../../dashboards/queries.ts'],
  ['instrumentation/src/receiver/a.ts', '../../../test/promql.ts'],
  ['instrumentation/src/a.ts', '#metrics'],
  ['dashboards/a.ts', '../alerts/rules.ts'],
  ['dashboards/a.ts', '../instrumentation/src/metrics.ts'],
  ['dashboards/grafana/a.ts', '../../instrumentation/src/metrics.ts'],
  ['dashboards/grafana/a.ts', '../terminal/frame.ts'],
  ['dashboards/terminal/a.ts', '../grafana/overview.ts'],
  ['dashboards/terminal/views/a.ts', '../../grafana/overview.ts'],
  ['dashboards/terminal/a.ts', 'koa-context-window'],
  ['alerts/a.ts', '../dashboards/queries.ts'],
  ['alerts/a.ts', '../scripts/generate/main.ts'],
  ['compose/a.ts', '../alerts/alertmanager.ts'],
  ['compose/a.ts', 'koa-context-window/receiver'],
] as const;

const accepted = [
  ['instrumentation/src/receiver/a.ts', '../metrics.ts'],
  ['dashboards/grafana/a.ts', '#queries'],
  ['dashboards/grafana/a.ts', './panel-parts.ts'],
  ['dashboards/terminal/views/a.ts', '../frame.ts'],
  ['alerts/a.ts', '#thresholds'],
  ['compose/a.ts', './parts.ts'],
  ['scripts/a.ts', '../alerts/rules.ts'],
  ['test/a.ts', '../compose/parts.ts'],
] as const;

type Import = readonly [file: string, imported: string];

test.each(refused)('%s may not import %s', async (...violation) => {
  expect(await complaints(violation)).toEqual(['eslint(no-restricted-imports)']);
});

test.each(accepted)('%s may import %s', async (...use) => {
  expect(await complaints(use)).toEqual([]);
});

async function complaints([file, imported]: Import): Promise<string[]> {
  await using folder = await temporaryFolder();
  await copyFile(join(root, '.oxlintrc.json'), join(folder.path, '.oxlintrc.json'));
  await mkdir(dirname(join(folder.path, file)), { recursive: true });
  await writeFile(
    join(folder.path, file),
    `import { something } from '${imported}';\n\nexport const other = something;\n`,
  );
  return await lint(folder.path);
}

function lint(cwd: string): Promise<string[]> {
  const { promise, resolve: done, reject } = Promise.withResolvers<string[]>();
  execFile(join(root, 'node_modules/.bin/oxlint'), ['--format=json'], { cwd }, (error, stdout) => {
    if (stdout === '') return reject(error ?? new Error('oxlint printed nothing'));
    const report = JSON.parse(stdout) as { number_of_files: number; diagnostics: { code: string }[] };
    expect(report.number_of_files).toBe(1);
    return done(report.diagnostics.map(({ code }) => code));
  });
  return promise;
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'ctxd-lint-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
