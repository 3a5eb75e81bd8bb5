import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

const refused = [
  ['instrumentation/src/a.ts', '../../dashboards/queries/index.ts'],
  ['instrumentation/src/a.ts', '#metrics'],
  ['instrumentation/src/a.ts', '#answers'],
  ['instrumentation/src/a.ts', './receiver/answers.ts'],
  ['instrumentation/src/receiver/a.ts', '../../../test/promql.ts'],
  ['instrumentation/src/receiver/reports/a.ts', '../http/receiver-app.ts'],
  ['instrumentation/src/receiver/reports/a.ts', '../inbox/alert-inbox.ts'],
  ['instrumentation/src/receiver/reports/a.ts', '../sessions/session-intake.ts'],
  ['instrumentation/src/receiver/sessions/a.ts', '../http/receiver-app.ts'],
  ['instrumentation/src/receiver/sessions/a.ts', '../inbox/alert-inbox.ts'],
  ['instrumentation/src/receiver/sessions/a.ts', '#answers'],
  ['instrumentation/src/receiver/inbox/a.ts', '../reports/hooks.ts'],
  ['instrumentation/src/receiver/inbox/a.ts', '../sessions/session-intake.ts'],
  ['instrumentation/src/receiver/inbox/a.ts', '../http/receiver-app.ts'],
  ['dashboards/a.ts', '../alerts/rules.ts'],
  ['dashboards/a.ts', '../instrumentation/src/metrics.ts'],
  ['dashboards/queries/a.ts', '../source/figures.ts'],
  ['dashboards/queries/a.ts', '../text/quantity.ts'],
  ['dashboards/queries/a.ts', '../../alerts/rules.ts'],
  ['dashboards/queries/a.ts', '#queries'],
  ['dashboards/text/a.ts', '../terminal/severity.ts'],
  ['dashboards/text/a.ts', '../queries/index.ts'],
  ['dashboards/text/a.ts', '#thresholds'],
  ['dashboards/source/a.ts', '../terminal/frame.ts'],
  ['dashboards/source/a.ts', '../grafana/overview.ts'],
  ['dashboards/source/a.ts', '../../instrumentation/src/receiver/answers.ts'],
  ['dashboards/grafana/a.ts', '../../instrumentation/src/metrics.ts'],
  ['dashboards/grafana/a.ts', '../terminal/frame.ts'],
  ['dashboards/grafana/a.ts', '../source/figures.ts'],
  ['dashboards/grafana/a.ts', 'node:http'],
  ['dashboards/terminal/a.ts', '../grafana/overview.ts'],
  ['dashboards/terminal/a.ts', '../source/http-client.ts'],
  ['dashboards/terminal/a.ts', '#answers'],
  ['dashboards/terminal/a.ts', 'node:http'],
  ['dashboards/terminal/a.ts', '../web/page-state.ts'],
  ['dashboards/grafana/a.ts', '../web/page-state.ts'],
  ['dashboards/source/a.ts', '../web/page-state.ts'],
  ['dashboards/web/a.ts', '../terminal/frame.ts'],
  ['dashboards/web/server/a.ts', '../../grafana/overview.ts'],
  ['dashboards/web/server/a.ts', '../../../instrumentation/src/metrics.ts'],
  ['dashboards/web/browser/a.ts', '../server/web-page.ts'],
  ['dashboards/web/browser/a.ts', '../../source/figures.ts'],
  ['dashboards/web/browser/a.ts', '#queries'],
  ['dashboards/terminal/a.ts', 'koa-context-window'],
  ['dashboards/terminal/views/a.ts', '../../grafana/overview.ts'],
  ['dashboards/terminal/views/a.ts', '../../source/figures.ts'],
  ['alerts/a.ts', '../dashboards/queries/index.ts'],
  ['alerts/a.ts', '../scripts/generate/main.ts'],
  ['compose/a.ts', '../alerts/alertmanager.ts'],
  ['compose/a.ts', 'koa-context-window/receiver'],
  ['compose/a.ts', '#thresholds'],
  ['compose/runtime/native/a.ts', '../../../scripts/stack/main.ts'],
] as const;

const accepted = [
  ['instrumentation/src/receiver/a.ts', '../metrics.ts'],
  ['instrumentation/src/receiver/a.ts', './http/receiver-app.ts'],
  ['instrumentation/src/receiver/http/a.ts', '../sessions/session-intake.ts'],
  ['instrumentation/src/receiver/sessions/a.ts', '../reports/observation.ts'],
  ['instrumentation/src/receiver/reports/a.ts', '../request-problem.ts'],
  ['instrumentation/src/receiver/inbox/a.ts', '../answers.ts'],
  ['dashboards/queries/a.ts', '#metrics'],
  ['dashboards/text/a.ts', './text.ts'],
  ['dashboards/source/a.ts', '../text/text.ts'],
  ['dashboards/source/a.ts', '#answers'],
  ['dashboards/grafana/a.ts', '#queries'],
  ['dashboards/grafana/a.ts', './panel-parts.ts'],
  ['dashboards/terminal/a.ts', '../text/quantity.ts'],
  ['dashboards/terminal/views/a.ts', '../frame.ts'],
  ['dashboards/web/server/a.ts', '../../source/victoriametrics.ts'],
  ['dashboards/web/server/a.ts', '#queries'],
  ['dashboards/web/browser/a.ts', '../../text/quantity.ts'],
  ['alerts/a.ts', '#thresholds'],
  ['compose/a.ts', './parts.ts'],
  ['compose/runtime/a.ts', '#regular-file'],
  ['compose/runtime/a.ts', '#state-dir'],
  ['compose/runtime/a.ts', '../parts.ts'],
  ['scripts/a.ts', '../alerts/rules.ts'],
  ['test/a.ts', '../compose/parts.ts'],
] as const;

test.each(refused)('%s may not import %s', async (file, imported) => {
  expect(await complaints(file, importing(imported))).toContain('eslint(no-restricted-imports)');
});

test.each(accepted)('%s may import %s', async (file, imported) => {
  expect(await complaints(file, importing(imported))).toEqual([]);
});

test.each([
  ['dashboards/terminal/a.ts', '../source/figures.ts', []],
  ['dashboards/terminal/views/a.ts', '../../source/past-sessions.ts', []],
  ['dashboards/terminal/a.ts', '#answers', ['eslint(no-restricted-imports)']],
  ['dashboards/grafana/a.ts', '../source/figures.ts', ['eslint(no-restricted-imports)']],
])('%s imports types of %s: %j', async (file, imported, expected) => {
  const source = `import type { Something } from '${imported}';\n\nexport type Other = Something;\n`;
  expect(await complaints(file, source)).toEqual(expected);
});

test.each([
  ['dashboards/terminal/a.ts', ['eslint(no-restricted-globals)']],
  ['dashboards/grafana/a.ts', ['eslint(no-restricted-globals)']],
  ['dashboards/source/a.ts', []],
])('%s calls fetch: %j', async (file, expected) => {
  expect(await complaints(file, `export const answer = fetch('http://127.0.0.1');\n`)).toEqual(expected);
});

function importing(imported: string): string {
  return `import { something } from '${imported}';\n\nexport const other = something;\n`;
}

async function complaints(file: string, source: string): Promise<string[]> {
  await using folder = await temporaryFolder();
  await copyFile(join(root, '.oxlintrc.json'), join(folder.path, '.oxlintrc.json'));
  await mkdir(dirname(join(folder.path, file)), { recursive: true });
  await writeFile(join(folder.path, file), source);
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
