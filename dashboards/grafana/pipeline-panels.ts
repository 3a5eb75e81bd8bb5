import * as common from '@grafana/grafana-foundation-sdk/common';
import { pipelineQueries as q, type Query } from '#queries';
import { chart, type ChartOptions, oneNumber, type Text } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

const partSilent = 'No data from this part: see npm run stack:status';
const noRequests = 'No HTTP request was answered, or no instrumented server reports: see npm run demo';
const noEmbeddings = 'No embedding was recorded: servers report them with recordEmbedding';

/** Which parts answer. */
export function partsUpStat() {
  return oneNumber(q.partsUp, {
    title: 'Parts of the stack',
    description:
      'Whether each part answers now. npm run stack:status says more about one that is down, npm run stack:up starts it.',
    noData: partSilent,
  })
    .mappings(parts.upWords)
    .textMode(common.BigValueTextMode.ValueAndName);
}

/** How old the newest samples are. */
export function newestSampleStat() {
  return oneNumber(q.newestSampleAge, {
    title: 'Age of the newest sample',
    description:
      'How old the newest sample of each server is. A few seconds are normal; if it grows, that server or its export has stopped. A server that was silent for an hour is left out.',
    noData: 'No server reports: see npm run doctor',
  })
    .textMode(common.BigValueTextMode.ValueAndName)
    .thresholds(parts.staleSteps());
}

/** Data points in and out. */
export function pointsTimeSeries() {
  return chartOfParts([q.pointsAccepted, q.pointsSent], {
    title: 'Data points per minute',
    description:
      'What the collector accepted and what it delivered to VictoriaMetrics. The two lines are on top of each other when nothing is stuck.',
    noData: partSilent,
  });
}

/** How full the collector's queues are. */
export function queueTimeSeries() {
  return chartOfParts([q.queueFill], {
    title: 'Collector queues',
    description:
      'How full the queue of each of the collector’s exporters is. A queue that fills means that its destination does not accept data.',
    noData: partSilent,
  }).axisSoftMax(100);
}

/** Data that was refused or lost. */
export function lossTimeSeries() {
  return chartOfParts([q.pointsRefused, q.pointsUndelivered, q.rowsDropped, q.exportsFailed], {
    title: 'Refused and lost per minute',
    description:
      'Data points and records per minute that a part did not accept or could not pass on. All lines are at 0 when nothing is lost.',
    noData: partSilent,
  }).axisSoftMax(1);
}

/** Reports that the receiver ignored. */
export function ignoredTimeSeries() {
  return chartOfParts([q.reportsIgnored], {
    title: 'Ignored by the receiver',
    description:
      'Reports of Claude Code per minute that the receiver ignored in whole or in part, and why. Duplicates and late ones are normal.',
    noData: 'No report was ignored, or the receiver is not running: see npm run doctor',
  }).axisSoftMax(1);
}

/** Whether alert rules are evaluated in time. */
export function evaluationTimeSeries() {
  return chartOfParts([q.evaluationSeconds], {
    title: 'Evaluation of the alert rules',
    description:
      'How long 99 of 100 evaluations of the alert rules take. They run every second; if they take longer, alerts are late.',
    noData: partSilent,
  });
}

/** Whether alerts get through. */
export function alertingTimeSeries() {
  return chartOfParts([q.evaluationsMissed, q.alertsUnsent, q.notificationsFailed], {
    title: 'Alerting that failed per minute',
    description:
      'Evaluations, alerts and notifications per minute that were missed or not passed on. All lines are at 0 when alerts get through.',
    noData: partSilent,
  }).axisSoftMax(1);
}

/** How many series there are. */
export function seriesTimeSeries() {
  const text = {
    title: 'Series of the hour',
    description:
      'Series that got a sample within the hour, and the number beyond which VictoriaMetrics drops new ones.',
    noData: partSilent,
  };
  const colors = [parts.colors.ok, 'text'];
  return chartOfParts([q.seriesNow, q.seriesLimit], text, { colors }).decimals(0);
}

/** How much disk is used and free. */
export function diskTimeSeries() {
  return chartOfParts([q.diskUsed, q.diskFree], {
    title: 'Disk',
    description:
      'Disk space that the stored metrics use, and free space on that disk. On a full disk VictoriaMetrics stops storing data.',
    noData: partSilent,
  });
}

/** How much memory the parts use. */
export function memoryTimeSeries() {
  return chartOfParts([q.memory], {
    title: 'Memory',
    description: 'Memory that each part uses. The collector refuses data above 512 MiB.',
    noData: partSilent,
  });
}

/** How many requests the instrumented servers answer. */
export function requestRateTimeSeries() {
  return chartOfParts([q.requestsPerMinute], {
    title: 'HTTP requests',
    description: 'Requests per minute that each instrumented server answered.',
    noData: noRequests,
  });
}

/** How fast the instrumented servers are. */
export function requestLatencyTimeSeries() {
  return chartOfParts([q.requestP95], {
    title: 'HTTP latency (p95)',
    description: '95 of 100 HTTP requests to each instrumented server were answered within this time.',
    noData: noRequests,
  });
}

/** How many embeddings are made. */
export function embeddingOperationsTimeSeries() {
  return chartOfParts([q.embeddingOperations], {
    title: 'Embeddings per minute',
    description: 'Embedding operations per minute that the instrumented servers recorded, by model.',
    noData: noEmbeddings,
  });
}

/** How many tokens are embedded. */
export function embeddingTokensTimeSeries() {
  return chartOfParts([q.embeddingTokens], {
    title: 'Embedded tokens per minute',
    description: 'Tokens per minute that the instrumented servers had embedded, by model.',
    noData: noEmbeddings,
  });
}

/** What embedding costs. */
export function embeddingCostTimeSeries() {
  return chartOfParts([q.embeddingCost], {
    title: 'Cost of embeddings per minute',
    description: 'Cost of embeddings in US dollars per minute, by model, for models whose price is known.',
    noData: noEmbeddings,
  });
}

/** The parts are scraped every 5 seconds. A point at most every 15 gives each rate enough samples. */
function chartOfParts(queries: readonly [Query, ...Query[]], text: Text, options?: ChartOptions) {
  return chart(queries, text, { ...options, minStep: '15s' });
}
