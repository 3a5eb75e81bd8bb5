import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { describe, expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { allQueries, contractQueries, dashboardQueries } from '#queries';
import { ruleGroups } from '../alerts/rules.ts';
import { dashboardFiles } from '../dashboards/grafana/dashboard-file.ts';
import { codeName, exitCodes } from '../compose/system/stack-error.ts';
import { runCommand } from '../compose/system/command.ts';
import * as metrics from '../instrumentation/src/metrics.ts';
import { commands } from '../scripts/ctxd/command-table.ts';
import { glances } from '../scripts/ctxd/glance.ts';
import {
  type CommandName,
  commandNames,
  optionsOf as stackOptionsOf,
} from '../scripts/stack/command-table.ts';
import { variables } from '../scripts/reach/variables.ts';
import { stackStates } from '../scripts/stack/status.ts';
import { contractChanged } from './contract.ts';
import { ctxd, ctxdProcess } from './ctxd-command.ts';
import { root } from './documents.ts';

/** The session commands, which commander parses. */
const sessionCommands = ['monitor', 'sessions', 'show', 'name', 'export', 'compare', 'replay'];

describe('the committed list in test/contract has', () => {
  const expectListed = async (name: string, contents: unknown) =>
    await expect(
      await format(JSON.stringify(contents), { parser: 'json', printWidth: 110 }),
      contractChanged,
    ).toMatchFileSnapshot(`contract/${name}.json`);

  test('every metric with its kind, unit and labels', async () => {
    const { sessionMetrics, sparseMetrics, receiverMetrics, processMetrics, embeddingMetrics } = metrics;
    const all = [sessionMetrics, sparseMetrics, processMetrics, embeddingMetrics, receiverMetrics].flatMap(
      (table) => Object.values<metrics.Metric>(table),
    );
    const listed = all.map(({ name, kind, unit, labels }) => [name, { kind, unit, labels }] as const);
    await expectListed('metrics', Object.fromEntries(listed));
  });

  test('the nine queries word for word, and the names of all others', async () => {
    const contract = Object.values(contractQueries(defaultThresholds)).map(({ name, expr }) => [name, expr]);
    const names = [...allQueries(defaultThresholds), ...dashboardQueries(defaultThresholds)]
      .map(({ name }) => name)
      .filter((name) => !contract.some(([known]) => known === name));
    await expectListed('queries', {
      contract: Object.fromEntries(contract),
      others: [...new Set(names)].toSorted(),
    });
  });

  test('every rule with its group, severity and annotations', async () => {
    const rules = ruleGroups().flatMap(({ name: group, rules: inGroup }) =>
      inGroup.map((rule) => {
        if (!('alert' in rule)) return [rule.record, { group }] as const;
        const { alert, labels, annotations } = rule;
        return [alert, { group, severity: labels.severity, annotations: Object.keys(annotations) }] as const;
      }),
    );
    await expectListed('rules', Object.fromEntries(rules));
  });

  test('the address of every dashboard', async () => {
    const files = [...dashboardFiles(defaultThresholds).values()];
    const boards = files.map((json) => JSON.parse(json) as { uid: string; title: string });
    await expectListed('dashboards', Object.fromEntries(boards.map(({ uid, title }) => [uid, title])));
  });

  test('every command with its options, and every npm script', async () => {
    const listed: [string, object][] = [];
    for (const name of [...Object.keys(commands), ...sessionCommands].toSorted()) {
      const subcommands = Object.keys(commands[name]?.subcommands ?? {});
      listed.push([name, { ...(subcommands.length > 0 && { subcommands }), options: await optionsOf(name) }]);
    }
    const { scripts } = readJson('package.json') as { scripts: Record<string, string> };
    const ours = Object.keys(scripts).filter((name) => scripts[name]!.startsWith('node scripts/ctxd.cjs'));
    await expectListed('commands', { ctxd: Object.fromEntries(listed), 'npm run': ours });
  });

  test('every exit status with its word in JSON', async () => {
    const words = Object.entries(exitCodes).map(([name, status]) => [
      name,
      { status, ...(status > 0 && { json: codeName(status) }) },
    ]);
    await expectListed('exit-statuses', { commands: Object.fromEntries(words), 'ctxd status': stackStates });
  });

  test('every variable with its default', async () => {
    const listed = variables.map(({ name, default: fallback = '', isSecretFile }) => [
      name,
      isSecretFile ? 'names a secret file' : fallback,
    ]);
    await expectListed('variables', Object.fromEntries(listed));
  });
});

test('a changelog has changed since the contract changed before', async () => {
  const git = async (...args: string[]) =>
    (await runCommand('git', args, { cwd: root })).stdout.split('\n').filter(Boolean);
  const [newest = '', previous] = await git('log', '-2', '--format=%H', '--', 'test/contract');
  const isChanging = (await git('diff', '--name-only', 'HEAD', '--', 'test/contract')).length > 0;
  const since = isChanging ? newest : previous;
  if (!since) return;
  const changed = await git('diff', '--name-only', since);
  expect(
    changed.some((path) => path.endsWith('CHANGELOG.md')),
    contractChanged,
  ).toBe(true);
});

describe('both packages', () => {
  const [bundle, own] = ['package.json', 'instrumentation/package.json'].map(
    (path) => readJson(path) as { version: string },
  );

  test('have one version', () => {
    expect(own!.version).toBe(bundle!.version);
  });

  test.each(['CHANGELOG.md', 'instrumentation/CHANGELOG.md'])('have it as the newest in %s', (path) => {
    const [, newest] = /^## (\S+)/m.exec(readFileSync(join(root, path), 'utf8')) ?? [];
    expect(newest).toBe(bundle!.version);
  });
});

const isOwn = (option: string) => option !== '--help' && option !== '--version';

/** The options that a command takes, without those of all commands. */
async function optionsOf(name: string): Promise<string[]> {
  if (isStackCommand(name))
    return stackOptionsOf(name)
      .map((option) => `--${option}`)
      .filter(isOwn);
  const run = Object.hasOwn(glances, name) ? ctxdProcess : ctxd;
  const { stdout: help } = await run([name, '--help']);
  const own = Array.from(help.matchAll(/(?<![\w-])--[a-z][\w-]*/g), ([option]) => option);
  return [...new Set(own)].filter(isOwn).toSorted();
}

function isStackCommand(name: string): name is CommandName {
  return commandNames.some((command) => command === name);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
