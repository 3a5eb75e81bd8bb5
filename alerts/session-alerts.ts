import {
  alertNames,
  checkpointMissing,
  compactionNear,
  fillingFast,
  fullSoon,
  rateLimitNear,
  thresholdReached,
} from '#alert-queries';
import { thresholds } from '#thresholds';
import type { Alert } from './rule.ts';
import type { AlertSettings } from './settings.ts';

const sessionDashboard = 'ctxd-session-detail?var-session={{ $labels.session_id | queryEscape }}';
/** Rise within 5 minutes below which a session has no pace worth a prediction. */
const leastPoints = 10;

/** Markup is left out of names. */
const name = String.raw`reReplaceAll "[^\\pL\\pN .,:_/#-]" "" $labels.session_name`;
const id = '{{ printf "%.8s" $labels.session_id }}';
/** The session's name and the first letters of its id, or those alone. */
const who = `{{ with ${name} }}{{ . }} (${id}){{ else }}${id}{{ end }}`;
/** Such as ` (142k of 200k tokens)`; nothing where the session is gone. */
const tokensOfWhole =
  '{{ with $labels.tokens }} ({{ humanize . }} of {{ humanize $labels.whole }} tokens){{ end }}';

/** How long what must be told at once keeps firing, in seconds: a store that was killed has lost some, and is away for some. */
const keepSeconds = 10;

/** What must be told at once; critical first, which then waits for no other. */
export function urgentAlerts(settings: AlertSettings): readonly Alert[] {
  const { holdSeconds: windowSeconds, intervalSeconds, compactionPercent: percent } = settings;
  // What was told before the critical alert ends after it, whichever evaluation saw the fall first: then nothing inhibits it.
  const lesserKeep = `${keepSeconds + 2 * intervalSeconds + 2}s`;
  const reached = `Session ${who} reached {{ printf "%.1f" $value }} % of its context window${tokensOfWhole}.`;
  return [
    {
      name: alertNames.critical,
      severity: thresholds.critical.severity,
      query: thresholdReached({ severity: 'critical', windowSeconds }),
      tokensOf: 'window',
      keep: `${keepSeconds}s`,
      summary: 'The context window of a session is nearly full.',
      description: `${reached} Save a checkpoint or type /compact in it now.`,
      dashboard: sessionDashboard,
    },
    {
      name: alertNames.compaction,
      severity: 'warning',
      query: compactionNear({ windowSeconds, percent }),
      tokensOf: 'compaction',
      keep: lesserKeep,
      summary: 'A session is about to be compacted automatically.',
      description: `Session ${who} reached {{ printf "%.1f" $value }} % of the point at which it is compacted${tokensOfWhole}. Save a checkpoint, or type /compact with what to keep, before it happens by itself.`,
      dashboard: sessionDashboard,
    },
    {
      name: alertNames.warning,
      severity: thresholds.warning.severity,
      query: thresholdReached({ severity: 'warning', windowSeconds }),
      tokensOf: 'window',
      keep: lesserKeep,
      summary: 'The context window of a session is filling up.',
      description: `${reached} Plan a checkpoint, or type /compact at the next natural break.`,
      dashboard: sessionDashboard,
    },
  ];
}

/** What takes minutes to come about. */
export function slowAlerts(settings: AlertSettings): readonly Alert[] {
  const {
    fullSoonMinutes,
    overdueMinutes,
    fastPoints,
    rateLimitPercent,
    holdSeconds: windowSeconds,
  } = settings;
  return [
    {
      name: alertNames.fullSoon,
      severity: 'warning',
      query: fullSoon({ minutes: fullSoonMinutes, points: leastPoints, windowSeconds }),
      tokensOf: 'window',
      hold: '30s',
      summary: 'At its pace the context window of a session will be full within minutes.',
      description: `Session ${who} will be full in about {{ printf "%.0f" $value }} minutes at the pace of the last 5${tokensOfWhole}. Save a checkpoint or type /compact in it before it gets there.`,
      dashboard: sessionDashboard,
    },
    {
      name: alertNames.fast,
      severity: 'info',
      query: fillingFast({ points: fastPoints, windowSeconds }),
      tokensOf: 'window',
      hold: '30s',
      summary: 'The context window of a session is filling fast.',
      description: `Session ${who} took {{ printf "%.1f" $value }} % of its context window within 5 minutes${tokensOfWhole}. See what answers at such length, and have it answer with less.`,
      dashboard: sessionDashboard,
    },
    {
      name: 'CheckpointOverdue',
      severity: 'critical',
      query: checkpointMissing(),
      tokensOf: 'window',
      hold: `${overdueMinutes}m`,
      summary: 'A session has been nearly full for long, without a checkpoint.',
      description: `Session ${who} is worked in at {{ printf "%.1f" $value }} % of its context window${tokensOfWhole}, for ${overdueMinutes} minutes without a checkpoint. Save one or type /compact in it now.`,
      dashboard: sessionDashboard,
    },
    {
      name: 'RateLimitNearlyReached',
      severity: 'warning',
      query: rateLimitNear({ percent: rateLimitPercent }),
      summary: 'A rate limit of the account is nearly used up.',
      description:
        '{{ printf "%.1f" $value }} % of the rate limit {{ $labels.window }} are used. Finish what matters most, and put the rest off until it is reset.',
      dashboard: 'ctxd-context-overview',
    },
  ];
}
