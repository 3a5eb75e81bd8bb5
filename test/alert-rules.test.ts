import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sessionMetrics } from '#metrics';
import { alertRules, ruleGroups, rulesFile } from '../alerts/rules.ts';
import { type ExpectedRule, expectedRules } from './alert-cases.ts';
import {
  committedRules,
  disagreement,
  dryRun,
  program,
  type ExpectedAlert,
  type Series,
} from './vmalert-tool.ts';

const alertNames = { critical: 'ContextWindowCritical', warning: 'ContextWindowWarning' } as const;

type Severity = keyof typeof alertNames;

/** Input series, and the alerts at each second: the percentage reached, by session; `{}` when nothing fires. */
interface Case {
  readonly series: (severity: Severity) => Series;
  readonly fires: (severity: Severity) => Readonly<Record<number, Readonly<Record<string, string>>>>;
}

const severities = Object.keys(alertNames) as Severity[];
const percent = { warning: 70, critical: 90 } as const;
const tokensAt = { warning: 140_000, critical: 180_000 } as const;
const crossings = { warning: sessionMetrics.threshold70.name, critical: sessionMetrics.threshold90.name };
const usage = (values: string, labels = 'session_id="s1"'): Series => ({
  [`${sessionMetrics.contextUsagePercent.name}{${labels}}`]: values,
});
const crossed = (severity: Severity, values: string): Series => ({
  [`${crossings[severity]}{session_id="s1"}`]: values,
});
/** The most tokens of the last seconds, of a window of 200,000. */
const peak = (values: string): Series => ({
  [`${sessionMetrics.peakTokens.name}{session_id="s1"}`]: values,
  [`${sessionMetrics.windowTokens.name}{session_id="s1"}`]: '200000x120',
});
const heartbeats = (values: string): Series => ({
  'contextd_active_sessions_total{service_name="ctxd-receiver"}': values,
  otelcol_process_uptime_seconds_total: values,
});
const reached = (severity: Severity, session = 's1') => ({ [session]: `${percent[severity]}.0` });
/** The same, with the tokens of the peak. */
const reachedWith = (severity: Severity) => ({
  s1: `${percent[severity]}.0 (${tokensAt[severity] / 1_000}k of 200k tokens)`,
});

/** A usage above the severity's threshold and below the next more severe one. */
const above = { warning: '75', critical: '95' } as const;
const isAbove = (severity: Severity, session = 's1') => ({ [session]: `${above[severity]}.0` });
/** Seconds after the cause has ended: the last one at which the alert fires, and one at which it has resolved. */
const kept = { warning: [13, 16], critical: [9, 12] } as const;
const over = (severity: Severity, from: number, fired: Readonly<Record<string, string>>) => ({
  [from + kept[severity][0]]: fired,
  [from + kept[severity][1]]: {},
});

const cases: Readonly<Record<string, Case>> = {
  'fires at exactly the threshold': {
    series: (severity) => usage(`10x4 ${percent[severity]}x20`),
    fires: (severity) => ({ 4: {}, 5: reached(severity), 25: reached(severity) }),
  },
  'does not fire a tenth below it': {
    series: (severity) => usage(`${percent[severity] - 0.1}x30`),
    fires: () => ({ 0: {}, 15: {}, 30: {} }),
  },
  'misses no spike between two evaluations': {
    series: (severity) => ({ ...usage(`10x4 ${percent[severity]} 10x40`), ...crossed(severity, '0x4 1x41') }),
    fires: (severity) => ({ 4: {}, 10: reached(severity), ...over(severity, 15, reached(severity)) }),
  },
  'misses no spike between two exports': {
    series: (severity) => ({
      ...usage('10x50'),
      ...crossed(severity, '0x4 1x45'),
      ...peak(`20000x4 ${tokensAt[severity]}x14 20000x30`),
    }),
    fires: (severity) => ({ 4: {}, 5: reachedWith(severity), ...over(severity, 15, reachedWith(severity)) }),
  },
  'resolves after a checkpoint': {
    series: (severity) => ({ ...usage(`${above[severity]}x9 20x40`), ...crossed(severity, '0 1x50') }),
    fires: (severity) => ({ 9: isAbove(severity), ...over(severity, 11, isAbove(severity)), 40: {} }),
  },
  'resolves after the session ended': {
    series: (severity) => ({ ...usage(`${above[severity]}x9 stale`), ...crossed(severity, '0 1x9 stale') }),
    fires: (severity) => ({ 9: isAbove(severity), ...over(severity, 11, isAbove(severity)), 40: {} }),
  },
  'resolves over a minute after the session fell silent': {
    series: (severity) => ({ ...usage(`${above[severity]}x9 _x90`), ...crossed(severity, '0 1x9 _x90') }),
    fires: (severity) => ({ 9: isAbove(severity), 30: isAbove(severity), 76: isAbove(severity), 85: {} }),
  },
  'resolves over a minute after the session went silent while the receiver and the collector report': {
    series: (severity) => ({ ...usage(`${above[severity]}x9 _x90`), ...heartbeats('1x99') }),
    fires: (severity) => ({ 9: isAbove(severity), 76: isAbove(severity), 85: {} }),
  },
  'keeps firing while nothing arrives, and afterwards when the session is as before': {
    series: (severity) => ({
      ...usage(`${above[severity]}x9 _x290 ${above[severity]}x60`),
      ...heartbeats('1x9 _x290 1x60'),
    }),
    fires: (severity) => ({
      9: isAbove(severity),
      76: isAbove(severity),
      200: isAbove(severity),
      299: isAbove(severity),
      350: isAbove(severity),
    }),
  },
  'keeps firing while nothing arrives, and resolves when the session is below the threshold afterwards': {
    series: (severity) => ({ ...usage(`${above[severity]}x9 _x290 20x60`), ...heartbeats('1x9 _x290 1x60') }),
    fires: (severity) => ({ 200: isAbove(severity), 299: isAbove(severity), 330: {} }),
  },
  'keeps firing while nothing arrives, and resolves when the session is gone afterwards': {
    series: (severity) => ({ ...usage(`${above[severity]}x9 _x350`), ...heartbeats('1x9 _x290 1x60') }),
    fires: (severity) => ({ 200: isAbove(severity), 299: isAbove(severity), 330: {} }),
  },
  'resolves by newer values while the receiver is silent': {
    series: (severity) => ({ ...usage(`${above[severity]}x9 20x90`), ...heartbeats('1x9 _x90') }),
    fires: (severity) => ({ 9: isAbove(severity), 40: {}, 90: {} }),
  },
  'keeps firing while the usage swings around the threshold': {
    series: (severity) => usage('95x5 10x9 95x5 10x9 95x5'.replaceAll('95', above[severity])),
    fires: (severity) => ({
      5: isAbove(severity),
      14: isAbove(severity),
      25: isAbove(severity),
      34: isAbove(severity),
    }),
  },
  'does not fire for a crossing that was over when it was reported': {
    series: (severity) => ({ ...usage('17x50'), ...crossed(severity, '0x4 1x45'), ...peak('34000x50') }),
    fires: () => ({ 4: {}, 5: {}, 10: {}, 30: {}, 50: {} }),
  },
  'does not fire again when Alertmanager goes away after the alert has resolved': {
    series: (severity) => ({
      ...usage('10x90'),
      ...crossed(severity, '0x4 1x85'),
      ...peak(`20000x4 ${tokensAt[severity]}x14 20000x70`),
      'vmalert_alerts_send_errors_total{addr="a"}': '0x34 1+1x55',
    }),
    fires: (severity) => ({ 5: reachedWith(severity), 34: {}, 36: {}, 45: {}, 60: {} }),
  },
  'keeps firing for a crossing since Alertmanager went away': {
    series: (severity) => ({
      ...usage('10x90'),
      ...crossed(severity, '0x4 1x85'),
      ...peak(`20000x4 ${tokensAt[severity]}x14 20000x70`),
      'vmalert_alerts_send_errors_total{addr="a"}': '0x9 1+1x80',
    }),
    fires: (severity) => ({ 5: reachedWith(severity), 34: reachedWith(severity), 60: reachedWith(severity) }),
  },
  'does not count an old crossing again after a gap in the telemetry': {
    series: (severity) => ({ ...usage('20x5 _x400 20x20'), ...crossed(severity, '1x5 _x400 1x20') }),
    fires: () => ({ 5: {}, 407: {}, 415: {} }),
  },
  'does not treat a new process that counts from 0 as a crossing': {
    series: (severity) => ({
      ...usage('10x99'),
      ...crossed(severity, '0x4 1x29 stale 0x60'),
      ...peak(`20000x4 ${tokensAt[severity]}x14 20000x80`),
    }),
    fires: (severity) => ({
      5: reachedWith(severity),
      ...over(severity, 15, reachedWith(severity)),
      36: {},
      60: {},
    }),
  },
  'keeps sessions apart, and counts two replicas of one session once': {
    series: (severity) => ({
      ...usage(`${above[severity]}x9`),
      ...usage(`${above[severity]}x9`, 'session_id="s2", instance="a"'),
      ...usage('69x9', 'session_id="s2", instance="b"'),
      ...usage('10x9', 'session_id="s3"'),
    }),
    fires: (severity) => ({ 9: { ...isAbove(severity), ...isAbove(severity, 's2') } }),
  },
};

/** The percentage in the alert of `s1` at each second; empty when it doesn't fire. */
type Course = Readonly<Record<Severity, Readonly<Record<number, string>>>>;

/** How both alerts fire and resolve as one session goes up and down. */
const courses: Readonly<Record<string, { readonly series: Series; readonly fires: Course }>> = {
  'an over-full session is critical, and has no warning': {
    series: usage('105.25x5'),
    fires: { critical: { 5: '105.2' }, warning: { 0: '', 5: '' } },
  },
  'a warning that fired first keeps firing, and resolves after the critical alert': {
    series: {
      ...usage('75x9 95x29 20x60'),
      ...crossed('warning', '0 1x98'),
      ...crossed('critical', '0x9 1x89'),
    },
    fires: {
      critical: { 9: '', 10: '95.0', 40: '95.0', 52: '95.0', 54: '' },
      warning: { 0: '75.0', 9: '75.0', 20: '95.0', 40: '95.0', 56: '95.0', 58: '', 70: '' },
    },
  },
  'a jump above both thresholds is critical only, until it ends': {
    series: {
      ...usage('10x9 95x29 20x60'),
      ...crossed('warning', '0x9 1x89'),
      ...crossed('critical', '0x9 1x89'),
    },
    fires: {
      critical: { 9: '', 10: '95.0', 52: '95.0', 54: '' },
      warning: { 10: '', 11: '', 20: '', 39: '', 41: '', 49: '', 53: '', 54: '', 58: '', 90: '' },
    },
  },
  'a brief jump above both thresholds is critical only': {
    series: {
      ...usage('10x9 95 20x60'),
      ...crossed('warning', '0x9 1x60'),
      ...crossed('critical', '0x9 1x60'),
    },
    fires: {
      critical: { 10: '95.0', 29: '95.0', 31: '' },
      warning: { 10: '', 11: '', 19: '', 20: '', 21: '', 29: '', 30: '', 31: '', 35: '', 60: '' },
    },
  },
  'the warning starts when the critical alert resolves above the warning threshold': {
    series: { ...usage('95x29 75x60'), ...crossed('critical', '0 1x88') },
    fires: {
      critical: { 29: '95.0', 42: '95.0', 44: '' },
      warning: { 29: '', 35: '', 43: '', 48: '75.0', 80: '75.0' },
    },
  },
};

const words = {
  critical: {
    summary: 'The context window of a session is nearly full.',
    remedy: 'Save a checkpoint or type /compact in it now.',
  },
  warning: {
    summary: 'The context window of a session is filling up.',
    remedy: 'Plan a checkpoint, or type /compact at the next natural break.',
  },
};

beforeAll(async () => {
  await program('vmalert');
  await program('vmalert-tool');
});

describe.each(severities)('the %s alert', (severity) => {
  test.each(Object.entries(cases))('%s', async (_, { series, fires }) => {
    const moments = Object.entries(fires(severity)).map(([second, sessions]) => ({
      eval_time: `${second}s`,
      groupname: 'context-window',
      alertname: alertNames[severity],
      exp_alerts: Object.entries(sessions).map(([session, number]) => alert(severity, session, number)),
    }));
    expect(await disagreement(series(severity), { alert_rule_test: moments })).toBe('');
  });
});

test.each(Object.entries(courses))('%s', async (_, { series, fires }) => {
  expect(await disagreement(series, { alert_rule_test: momentsOf(fires) })).toBe('');
});

/** How a session fares whose sender exports only the seven agreed metrics. The rules may be 5 s late. */
const sevenMetricsCourses: Readonly<Record<string, { readonly series: Series; readonly fires: Course }>> = {
  'fires at each threshold and resolves': {
    series: {
      ...usage('10x9 70x29 90x29 20x60'),
      ...crossed('warning', '0x9 1x120'),
      ...crossed('critical', '0x39 1x90'),
    },
    fires: {
      critical: { 39: '', 46: '90.0', 69: '90.0', 90: '', 120: '' },
      warning: { 9: '', 16: '70.0', 39: '70.0', 50: '90.0', 69: '90.0', 95: '', 120: '' },
    },
  },
  'does not fire a tenth below': {
    series: usage('69.9x60'),
    fires: { critical: { 30: '', 60: '' }, warning: { 30: '', 60: '' } },
  },
  'jumps above both thresholds and is critical only': {
    series: {
      ...usage('10x9 95x29 20x60'),
      ...crossed('warning', '0x9 1x89'),
      ...crossed('critical', '0x9 1x89'),
    },
    fires: {
      critical: { 9: '', 16: '95.0', 38: '95.0', 60: '', 90: '' },
      warning: { 12: '', 16: '', 39: '', 45: '', 50: '', 60: '', 90: '' },
    },
  },
  'spikes between two evaluations and fires once': {
    series: {
      ...usage('10x11 95 10x120'),
      ...crossed('warning', '0x11 1x120'),
      ...crossed('critical', '0x11 1x120'),
    },
    fires: {
      critical: { 11: '', 18: '95.0', 40: '', 80: '', 120: '' },
      warning: { 18: '', 40: '', 120: '' },
    },
  },
  'ends and resolves': {
    series: { ...usage('10x4 75x20 stale'), ...crossed('warning', '0x4 1x20 stale') },
    fires: { critical: { 24: '' }, warning: { 4: '', 11: '75.0', 24: '75.0', 50: '', 90: '' } },
  },
};

test.each(Object.entries(sevenMetricsCourses))(
  'a session of which only the seven agreed metrics are exported %s',
  async (_, { series, fires }) => {
    const moments = { alert_rule_test: momentsOf(fires) };
    expect(await disagreement(series, moments, '1s', { sparse: false })).toBe('');
  },
);

test('nothing is recorded for sessions whose sender exports the sparse series, though another reporter does not', async () => {
  const of = (id: string, instance: string) => `session_id="${id}",service_instance_id="${instance}"`;
  const high = 'contextd_session_high_usage_percent';
  const series = {
    ...usage('75x60', of('both', 'a')),
    [`${high}{${of('both', 'a')}}`]: '75x60',
    ...usage('95x60', of('mixed', 'a')),
    ...usage('80x60', of('mixed', 'b')),
    [`${high}{${of('mixed', 'b')}}`]: '80x60',
    ...usage('10x60', of('low', 'a')),
  };
  const recorded = { labels: `${high}{${of('mixed', 'a')},source="rule"}`, value: 95 };
  const expr = `${high}{source="rule"}`;
  const moment = { eval_time: '50s', expr, exp_samples: [recorded] };
  expect(await disagreement(series, { metricsql_expr_test: [moment] }, '1s', { sparse: false })).toBe('');
});

test('a crossing that came and went between two evaluations fires once, critical only', async () => {
  const values = '0x34 1x200';
  const series = {
    ...usage('20x34 95 20x200'),
    ...crossed('warning', values),
    ...crossed('critical', values),
  };
  const fires = {
    critical: { 30: '', 60: '95.0', 120: '', 150: '' },
    warning: { 30: '', 60: '', 90: '', 120: '', 150: '' },
  };
  expect(await disagreement(series, { alert_rule_test: momentsOf(fires) }, '30s')).toBe('');
});

test.each(severities)(
  'the %s alert names the session, and says how many tokens it uses',
  async (severity) => {
    const series = {
      ...usage(`${above[severity]}x20`),
      'contextd_session_context_tokens{session_id="s1"}': `${Number(above[severity]) * 2_000}x20`,
      'contextd_session_window_tokens{session_id="s1"}': '200000x20',
      'contextd_session_info{session_id="s1",session_name="Fix <!channel> §auth\u202e 2"}': '1x20',
    };
    const subject = 'Session Fix channel auth 2';
    const exp_alerts = [
      alert(severity, 's1', `${above[severity]}.0`, {
        subject,
        tokens: ` (${Number(above[severity]) * 2}k of 200k tokens)`,
      }),
    ];
    const moment = {
      eval_time: '5s',
      groupname: 'context-window',
      alertname: alertNames[severity],
      exp_alerts,
    };
    expect(await disagreement(series, { alert_rule_test: [moment] })).toBe('');
  },
);

test('the alert says when the window is assumed, and its tokens match its percentage', async () => {
  const series = {
    ...usage('80.5x2 71x20'),
    'contextd_session_context_tokens{session_id="s1"}': '161000x2 142000x20',
    'contextd_session_peak_tokens{session_id="s1"}': '161000x17 142000x5',
    'contextd_session_window_tokens{session_id="s1"}': '200000x22',
    'contextd_session_info{session_id="s1",window_source="default"}': '1x22',
  };
  const exp_alerts = [alert('warning', 's1', '80.5', { tokens: ' (161k of 200k tokens, assumed)' })];
  const moment = { eval_time: '5s', groupname: 'context-window', alertname: alertNames.warning, exp_alerts };
  expect(await disagreement(series, { alert_rule_test: [moment] })).toBe('');
});

test('the link of an alert opens the dashboard from an hour before the alert', async () => {
  const expected = alert('critical', 's1', '92.0');
  const link = dashboardOf('s1').replace('?', '?from=946681206000&to=now&');
  const exp_alerts = [{ ...expected, exp_annotations: { ...expected.exp_annotations, dashboard_url: link } }];
  const moment = { eval_time: '9s', groupname: 'context-window', alertname: alertNames.critical, exp_alerts };
  const series = usage('50x5 92x10');
  expect(await disagreement(series, { alert_rule_test: [moment] }, '1s', { times: true })).toBe('');
});

describe('for a locked phone, an alert', () => {
  const info = (id: string, labels: string) => `contextd_session_info{session_id="${id}",${labels}}`;
  const of = (id: string) => `session_id="${id}"`;
  const sized = (id: string) => ({ [`contextd_session_window_tokens{${of(id)}}`]: '200000x120' });
  const climbs = '50x19 60x19 70x19 80x19 92x40';
  const titles = async (series: Series, second: number, expected: Readonly<Record<string, Titles>>) => {
    const exp_alerts = Object.entries(expected).map(([id, texts]) => {
      const { exp_labels, exp_annotations } = alert('critical', id, '92.0', texts);
      const { title, resolved } = texts;
      const advice = words.critical.remedy;
      return { exp_labels, exp_annotations: { ...exp_annotations, title, resolved, advice } };
    });
    const moment = { eval_time: `${second}s`, groupname: 'context-window', alertname: alertNames.critical };
    return await disagreement(series, { alert_rule_test: [{ ...moment, exp_alerts }] }, '1s', {
      titles: true,
    });
  };
  const gone = '✓ shop ended, or is below 90 % again';

  test('has the project, the usage, the tokens and the minutes that are left', async () => {
    const series = {
      ...usage(climbs),
      ...sized('s1'),
      [`contextd_session_context_tokens{${of('s1')}}`]: '100000x79 184000x41',
      [info('s1', 'project="shop"')]: '1x120',
    };
    const title = '✗ shop 92 % of context: 16k left, full in ~1 min';
    const tokens = ' (184k of 200k tokens)';
    expect(await titles(series, 90, { s1: { title, resolved: gone, subject: 'Session shop', tokens } })).toBe(
      '',
    );
  });

  test('tells sessions of one project apart by the beginning of their id', async () => {
    const series = {
      ...usage('92x20', of('66667777')),
      ...usage('92x20', of('12345678')),
      [info('66667777', 'project="shop"')]: '1x20',
      [info('12345678', 'project="shop",session_name="auth"')]: '1x20',
      [info('99990000', 'project="shop"')]: '1x20',
    };
    const shop = { title: '✗ shop (6666) 92 % of context', resolved: gone.replace('shop', 'shop (6666)') };
    const auth = { title: '✗ auth 92 % of context', resolved: gone.replace('shop', 'auth') };
    const expected = {
      66667777: { ...shop, subject: 'Session shop (6666)' },
      12345678: { ...auth, subject: 'Session auth' },
    };
    expect(await titles(series, 9, expected)).toBe('');
  });

  test('that resolves has the usage that the session fell to', async () => {
    const series = { ...usage('92x19 15x40'), [info('s1', 'project="shop"')]: '1x60' };
    const texts = {
      title: '✗ shop 92 % of context',
      resolved: '✓ shop back to 15 %',
      subject: 'Session shop',
    };
    expect(await titles(series, 30, { s1: texts })).toBe('');
  });

  test.each([
    ['a UUID', '0198c2de-1b2c-7def-8123-456789abcdef', '0198c2de'],
    ['another id', 'conn_127.0.0.1-52341_and_more', 'conn_127.0.0.1-52341_and'],
  ])('without a name and a project has %s cut short', async (_, id, short) => {
    const texts = { title: `✗ ${short} 92 % of context`, resolved: gone.replace('shop', short) };
    expect(await titles(usage('92x20', of(id)), 9, { [id]: { ...texts, subject: `Session ${short}` } })).toBe(
      '',
    );
  });

  test('has no markup, control characters or more than 40 letters of a name', async () => {
    const name = `<!here> \u202eZoë 日本 ${'x'.repeat(200)}`;
    const short = `here Zoë 日本 ${'x'.repeat(28)}`;
    const series = { ...usage('92x20'), [info('s1', `session_name="${name}"`)]: '1x20' };
    const texts = { title: `✗ ${short} 92 % of context`, resolved: gone.replace('shop', short) };
    expect(await titles(series, 9, { s1: { ...texts, subject: `Session ${short}` } })).toBe('');
  });
});

describe.each(Object.entries(expectedRules))('%s', (alertname, rule) => {
  test.each(Object.entries(rule.cases))('%s', async (_, { series, moments }) => {
    const expected = Object.entries(moments).map(([second, fired]) => ({
      eval_time: `${second}s`,
      groupname: rule.group,
      alertname,
      exp_alerts: fired.map(({ labels = {}, description }) => ({
        exp_labels: { alertgroup: rule.group, severity: rule.severity, ...labels },
        exp_annotations: {
          summary: rule.summary,
          description,
          runbook_url: `alerts/runbooks/${alertname}.md`,
          dashboard_url: dashboardOf(labels['session_id'], alertname),
        },
      })),
    }));
    const interval = ruleGroups().find(({ name }) => name === rule.group)?.interval;
    expect(await disagreement(series, { alert_rule_test: expected }, interval)).toBe('');
  });
});

test('every rule has cases in which it fires, stays quiet and resolves', () => {
  const complete = Object.entries(expectedRules).filter(
    ([name, rule]) => name === 'CtxdWatchdog' || isComplete(rule),
  );
  const rules = alertRules().map((rule) => rule.alert);
  expect(rules.toSorted()).toEqual(
    [...Object.values(alertNames), ...complete.map(([name]) => name)].toSorted(),
  );
});

test('an alert that does not fire as expected is reported', async () => {
  const expected = { eval_time: '5s', groupname: 'context-window', alertname: alertNames.critical };
  const moments = [{ ...expected, exp_alerts: [alert('critical', 's1', '95.0')] }];
  expect(await disagreement(usage('89.9x9'), { alert_rule_test: moments })).toContain(
    'alertname: ContextWindowCritical',
  );
});

test('vmalert accepts the committed rules', async () => {
  expect(await dryRun(await readFile(committedRules, 'utf8'))).toMatchObject({ exitCode: 0 });
});

test.each([
  ['a broken expression', (rules: string) => rules.replace('max by (session_id)', 'max by (session_id')],
  ['an unknown template function', (rules: string) => rules.replace('{{ printf', '{{ sprintf')],
  [
    'two rules with the same name and expression',
    (rules: string) => rules + rules.slice(rules.indexOf('      - alert')),
  ],
])('vmalert refuses %s', async (_, breakRules) => {
  const { exitCode } = await dryRun(breakRules(rulesFile()));
  expect(exitCode).not.toBe(0);
});

test('alerts link to a dashboard that exists', async () => {
  const files = globSync(resolve(import.meta.dirname, '../dashboards/generated/**/*.json'));
  const dashboards = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const uids = dashboards.map((json) => (JSON.parse(json) as { uid: string }).uid);
  for (const { annotations } of alertRules()) {
    expect(uids).toContain(annotations.dashboard_url.split('/d/')[1]?.split('?')[0]);
  }
});

interface Titles extends Words {
  readonly title: string;
  readonly resolved: string;
}

interface Words {
  readonly subject?: string;
  readonly tokens?: string;
}

/** A course as vmalert-tool's expectations. */
function momentsOf(fires: Course) {
  return severities.flatMap((severity) =>
    Object.entries(fires[severity]).map(([second, number]) => ({
      eval_time: `${second}s`,
      groupname: 'context-window',
      alertname: alertNames[severity],
      exp_alerts: number === '' ? [] : [alert(severity, 's1', number)],
    })),
  );
}

function alert(
  severity: Severity,
  session: string,
  number: string,
  { subject = `Session ${session}`, tokens = '' }: Words = {},
): ExpectedAlert {
  const [value, given] = number.split(/(?= \()/);
  return {
    exp_labels: { alertgroup: 'context-window', severity, session_id: session },
    exp_annotations: {
      summary: words[severity].summary,
      description: `${subject} reached ${value} % of its context window${given ?? tokens}. ${words[severity].remedy}`,
      runbook_url: `alerts/runbooks/${alertNames[severity]}.md`,
      dashboard_url: dashboardOf(session),
    },
  };
}

function dashboardOf(session: string | undefined, alertname = ''): string {
  const general = alertname.startsWith('Ctxd') ? 'ctxd-pipeline-health' : 'ctxd-context-overview';
  const path =
    session === undefined ? general : `ctxd-session-detail?var-session=${session}&var-linked=${session}`;
  return `http://127.0.0.1:3000/d/${path}`;
}

/** Whether a rule fires and resolves in one case, and stays quiet throughout another. */
function isComplete({ cases }: ExpectedRule): boolean {
  const courses = Object.values(cases).map(({ moments }) =>
    Object.values(moments).map((fired) => fired.length > 0),
  );
  const resolves = courses.some(
    (course) => course.includes(true) && course.lastIndexOf(false) > course.indexOf(true),
  );
  return resolves && courses.some((course) => !course.includes(true));
}
