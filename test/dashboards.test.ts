import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDemo } from '../scripts/demo/run-demo.ts';
import { startBackend, type Backend } from './backend.ts';
import { waitForAnswer } from './promql.ts';

interface Panel {
  readonly title: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

let backend: Backend;
let demo: Promise<unknown>;
const stop = new AbortController();

beforeAll(async () => {
  backend = await startBackend();
  demo = runDemo({ speed: 2, seed: 1, otlpEndpoint: backend.urls.collector, signal: stop.signal });
}, 900_000);

afterAll(async () => {
  stop.abort();
  await demo;
  await backend?.[Symbol.asyncDispose]();
});

/** What Grafana puts in the place of its own variables, for the last five minutes. */
const grafanaVariables: Readonly<Record<string, string>> = {
  $__rate_interval: '1m',
  $__interval: '15s',
  $__range: '5m',
};

function targetsOf(panel: Panel): [string, string][] {
  const own = (panel.targets ?? []).map(({ refId, expr }): [string, string] => [
    `${panel.title} ${refId}`,
    expr,
  ]);
  return [...own, ...(panel.panels ?? []).flatMap(targetsOf)];
}

const folder = join(import.meta.dirname, '../dashboards/generated/grafana');
const targets = globSync('*.json', { cwd: folder }).flatMap((file) => {
  const dashboard = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    title: string;
    panels: Panel[];
  };
  return dashboard.panels
    .flatMap(targetsOf)
    .map(([name, expr]) => [`${dashboard.title}: ${name}`, expr] as const);
});

test('there are dashboards to ask', () => {
  expect(targets.length).toBeGreaterThan(8);
});

test.each(targets)('%s answers with data on the sessions of the demo', async (_, expr) => {
  const asked = Object.entries(grafanaVariables).reduce(
    (text, [name, value]) => text.replaceAll(name, value),
    expr,
  );
  expect(asked).not.toContain('$');
  const samples = await waitForAnswer(
    backend,
    asked,
    (answer) => answer.some(({ value }) => Number.isFinite(value)),
    90_000,
  );
  expect(samples.length).toBeGreaterThan(0);
});
