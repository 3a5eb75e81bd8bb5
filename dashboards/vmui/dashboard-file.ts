import {
  comparisonQueries as c,
  overviewQueries as o,
  pipelineQueries as p,
  queriesAt,
  type Query,
  withVariables,
} from '#queries';
import type { Thresholds } from '#thresholds';

/** A row of a dashboard: each list of queries is a panel. */
interface Row {
  readonly title: string;
  readonly panels: readonly (readonly [title: string, ...queries: Query[]])[];
}

interface Dashboard {
  readonly title: string;
  readonly rows: readonly Row[];
}

function dashboardsAt(thresholds: Thresholds): Readonly<Record<string, Dashboard>> {
  const { atThreshold, named: n, sessionTable: t } = queriesAt(thresholds);
  return {
    'ctxd-context-overview.json': {
      title: 'Context overview',
      rows: [
        {
          title: 'Which sessions need me now?',
          panels: [
            ['Context usage', n.usageNamedOverTime],
            ['Sessions at a threshold', atThreshold.sessionsAtCriticalNow, atThreshold.sessionsAtWarningNow],
            ['Active sessions', o.activeSessionsNow],
            ['Tokens, all sessions together', o.totalTokensNow, o.totalWindowNow],
            ['Tokens to compaction', t.rowToCompaction],
            ['Time to full', t.rowToFull],
          ],
        },
        {
          title: 'Do checkpoints keep up?',
          panels: [
            ['Threshold crossings', n.criticalCrossingsPerBar, n.warningCrossingsPerBar],
            ['Tokens saved per checkpoint', o.savedPerCheckpoint],
            ['Cost so far', n.costNow],
            ['Rate limits used', n.rateLimitsNow],
          ],
        },
      ],
    },
    'ctxd-sessions-compared.json': {
      title: 'Sessions compared',
      rows: [
        {
          title: 'All sessions side by side',
          panels: [
            ['Usage by the clock', c.comparedUsage],
            ['Time since the start of each', c.comparedAge],
            ['Checkpoints', t.rowCheckpoints],
            ['Saved per checkpoint', c.comparedEffectiveness],
          ],
        },
      ],
    },
    'ctxd-pipeline-health.json': {
      title: 'Pipeline health',
      rows: [
        {
          title: 'Can I believe what I see?',
          panels: [
            ['Parts of the stack', p.partsUp],
            ['Age of the newest sample', p.newestSampleAge],
            ['Data points per minute', p.pointsAccepted, p.pointsSent],
            [
              'Refused and lost per minute',
              p.pointsRefused,
              p.pointsUndelivered,
              p.rowsDropped,
              p.exportsFailed,
            ],
            ['Collector queues', p.queueFill],
            ['Evaluation of the alert rules', p.evaluationSeconds],
            ['Alerting that failed per minute', p.evaluationsMissed, p.alertsUnsent, p.notificationsFailed],
            ['Series of the hour', p.seriesNow, p.seriesLimit],
            ['Disk', p.diskUsed, p.diskFree],
            ['Memory', p.memory],
            ['HTTP requests', p.requestsPerMinute],
            ['HTTP latency (p95)', p.requestP95],
            ['Embeddings per minute', p.embeddingOperations],
            ['Embedded tokens per minute', p.embeddingTokens],
            ['Cost of embeddings per minute', p.embeddingCost],
          ],
        },
      ],
    },
  };
}

/** vmui has no variables, so these values replace them: Grafana's values for the last hour, and all sessions. */
const standIns: Readonly<Record<string, string>> = {
  $__rate_interval: '1m',
  $__interval: '5m',
  $__range: '1h',
  $sessions: '.+',
};

/** Makes the dashboards of VictoriaMetrics' own pages, for use without Grafana: file name → JSON. */
export function vmuiFiles(thresholds: Thresholds): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(dashboardsAt(thresholds)).map(([name, { title, rows }]) => {
      const settings = { title, filename: name, rows: rows.map(rowOf) };
      return [name, `${JSON.stringify(settings, null, 2)}\n`];
    }),
  );
}

function rowOf({ title, panels }: Row) {
  return {
    title,
    panels: panels.map(([panel, ...queries]) => ({
      title: panel,
      description: queries.map(({ meaning }) => meaning).join(' '),
      unit: unitOf(queries[0]),
      expr: queries.map(({ expr }) => withVariables(expr, standIns)),
      alias: queries.map(({ legend, name }) => legend || name.replaceAll('-', ' ')),
      // A legend repeats the whole query, so it is shown only if lines need names.
      showLegend: queries.length > 1 || queries.some(({ legend }) => legend.includes('{{')),
      width: 6,
    })),
  };
}

const units: Readonly<Record<string, string>> = {
  percent: '%',
  s: 's',
  bytes: 'B',
  currencyUSD: 'USD',
  reqpm: 'per minute',
};

function unitOf(query: Query | undefined): string {
  return units[query?.unit ?? ''] ?? '';
}
