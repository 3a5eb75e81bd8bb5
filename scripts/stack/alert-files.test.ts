import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertRules, type RuleGroup } from '../../alerts/rules.ts';
import { portsFrom } from '../../compose/ports.ts';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import { alertFiles } from './alert-files.ts';

const stackOf = (stateDir: string, env: Record<string, string>) => ({
  stateDir,
  env,
  ports: portsFrom({ CTXD_GRAFANA_PORT: '13000', CTXD_RECEIVER_PORT: '14319' }),
});

test('rules link to this stack’s Grafana and to runbooks on this machine', async () => {
  const files = await alertFiles('native', stackOf('/state', {}));
  expect(files['config/rules/rules.yaml']).toContain('http://127.0.0.1:13000/d/ctxd-session-detail?from=');
  expect(files['config/rules/rules.yaml']).toMatch(
    /runbook_url: file:\/\/\/.*\/alerts\/runbooks\/ContextWindowCritical\.md/,
  );
});

test('every runbook that an alert links to is there', async () => {
  const files = await alertFiles('native', stackOf('/state', {}));
  const links = [...(files['config/rules/rules.yaml'] ?? '').matchAll(/runbook_url: (\S+)/g)].map(
    ([, link]) => link ?? '',
  );
  expect(links).toHaveLength(alertRules().length);
  expect(links.filter((link) => !existsSync(fileURLToPath(link)))).toEqual([]);
});

test.each([
  ['native', 'http://127.0.0.1:14319/alerts', '/state/secrets/alerts/CTXD_ALERT_SLACK_URL_FILE'],
  ['docker', 'http://receiver:4319/alerts', '/etc/ctxd/secrets/alerts/CTXD_ALERT_SLACK_URL_FILE'],
] as const)(
  'in the %s runtime Alertmanager finds the inbox and the secrets',
  async (runtime, inbox, secret) => {
    await using folder = await testFolder();
    const path = join(folder.path, 'slack');
    await writeFile(path, 'https://hooks.slack.example/x\n');
    const files = await alertFiles(runtime, stackOf('/state', { CTXD_ALERT_SLACK_URL_FILE: path }));
    expect(files['secrets/alerts/CTXD_ALERT_SLACK_URL_FILE']).toBe('https://hooks.slack.example/x');
    expect(parse(files['config/alertmanager.yaml'] ?? '')).toMatchObject({
      receivers: [
        { webhook_configs: [{ url: inbox }] },
        { name: 'watchdog' },
        { slack_configs: [{ api_url_file: secret }] },
      ],
    });
    expect(files['config/alertmanager.yaml']).not.toContain('hooks.slack.example');
  },
);

test('thresholds reach rules and dashboards alike, and the metrics keep their names', async () => {
  const env = { CTXD_WARNING_PERCENT: '61', CTXD_CRITICAL_PERCENT: '83' };
  const files = await alertFiles('native', stackOf('/state', env));
  const { groups } = parse(files['config/rules/rules.yaml'] ?? '') as { groups: readonly RuleGroup[] };
  const rules = groups.flatMap((group) => group.rules);
  const nameOf = (rule: (typeof rules)[number]) => ('alert' in rule ? rule.alert : rule.record);
  const exprOf = (name: string) => rules.find((rule) => nameOf(rule) === name)?.expr.replaceAll(/\s/g, '');
  expect(exprOf('contextd_session_high_usage_percent')).toContain('>=61or');
  expect(exprOf('ContextWindowWarning')).toMatch(
    /contextd_session_threshold_70_total.*>=61\).*\*61\/100.*>=61\)/,
  );
  expect(exprOf('ContextWindowCritical')).toMatch(
    /contextd_session_threshold_90_total.*>=83\).*\*83\/100.*>=83\)/,
  );
  for (const rule of rules) expect(exprOf(nameOf(rule))).not.toMatch(/(>=|,|\*)(70|90)(\)|\/|$)/);
  const overview = files['config/dashboards/ctxd-context-overview.json'] ?? '';
  expect(overview).toMatch(/"value": 61,\s+"color"/);
  expect(overview).not.toMatch(/"value": (70|90),\s+"color"/);
});

test('refuses an empty secret and a wrong token of Telegram', async () => {
  await using folder = await testFolder();
  const path = join(folder.path, 'secret');
  const refusal = async (env: Record<string, string>, text: string) => {
    await writeFile(path, text);
    return await alertFiles('native', stackOf('/state', env)).catch((error: Error) => error.message);
  };
  expect(await refusal({ CTXD_ALERT_SLACK_URL_FILE: path }, ' \n')).toBe(
    `Expected CTXD_ALERT_SLACK_URL_FILE to name a file with a secret in it, \`${path}\` is empty`,
  );
  const telegram = { CTXD_ALERT_TELEGRAM_TOKEN_FILE: path, CTXD_ALERT_TELEGRAM_CHAT_ID: '-42' };
  expect(await refusal(telegram, '12:{{ .Status }}')).toBe(
    'Expected CTXD_ALERT_TELEGRAM_TOKEN_FILE to hold a token such as 123456:ABC-DEF',
  );
});

test.each([
  [
    { CTXD_ALERT_SLAK_URL_FILE: 'x' },
    /^Expected the variables of alerts to be .*, got CTXD_ALERT_SLAK_URL_FILE$/,
  ],
  [
    { CTXD_ALERT_SLACK_URL_FILE: '/nonexistent/slack' },
    /^Expected CTXD_ALERT_SLACK_URL_FILE to name a file that can be read, got ENOENT: .*'\/nonexistent\/slack'$/,
  ],
  [
    { CTXD_ALERT_SLACK_URL_FILE: '/dev/null' },
    /^Expected CTXD_ALERT_SLACK_URL_FILE to name a file that can be read, got ENOTSUP: a device, not a regular file, open '\/dev\/null'$/,
  ],
  [
    { CTXD_WARNING_PERCENT: '95' },
    /^Expected CTXD_WARNING_PERCENT to be below CTXD_CRITICAL_PERCENT, got `95` and `90`$/,
  ],
  [
    { CTXD_ALERT_HOLD_SECONDS: '1' },
    /^Expected CTXD_ALERT_HOLD_SECONDS to be a number from 6 to 300, got `1`$/,
  ],
])('refuses %j in one sentence, with the exit status for wrong usage', async (env, sentence) => {
  await expect(
    alertFiles('native', stackOf('/state', env as unknown as Record<string, string>)),
  ).rejects.toMatchObject({
    message: expect.stringMatching(sentence),
    exitCode: 2,
  });
});

test('without Grafana, alerts have no link to it, and VictoriaMetrics does not scrape it', async () => {
  const running = ['collector', 'victoriametrics', 'vmalert', 'alertmanager', 'receiver'] as const;
  const address = 'CTXD_GRAFANA_ADDRESS';
  const withIt = await alertFiles('native', stackOf('/state', {}));
  const without = await alertFiles('native', { ...stackOf('/state', {}), running });
  expect(withIt['config/rules/rules.yaml']).toContain('/d/ctxd-session-detail');
  expect(withIt['config/scrape.yaml']).toContain(address);
  expect(without['config/rules/rules.yaml']).not.toContain('/d/ctxd-');
  expect(without['config/scrape.yaml']).not.toContain(address);
  expect(without['config/scrape.yaml']).toContain('job_name: victoriametrics');
});

test('links go to the public address of Grafana, if it has one', async () => {
  const files = await alertFiles(
    'native',
    stackOf('/state', { CTXD_ALERT_GRAFANA_URL: 'https://g.example' }),
  );
  expect(files['config/rules/rules.yaml']).toContain(
    'dashboard_url: https://g.example/d/ctxd-session-detail',
  );
});
