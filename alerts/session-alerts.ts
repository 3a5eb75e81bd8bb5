import {
  alertNames,
  checkpointMissing,
  compactionNear,
  fillingFast,
  fullSoon,
  otherAlertNames,
  rateLimitNear,
  thresholdReached,
} from '#queries';
import type { Alert } from './rule.ts';
import type { AlertSettings } from './settings.ts';

/** From an hour before the alert until now, so that the session is found however old the link is. */
const range = 'from={{ ($activeAt.Add -3600000000000).UnixMilli }}&to=now';
const sessionId = '{{ $labels.session_id | queryEscape }}';
const sessionDashboard = `ctxd-session-detail?${range}&var-session=${sessionId}&var-linked=${sessionId}`;
/** Below this rise within 5 minutes, in percentage points, a prediction means nothing. */
const leastPoints = 10;

/** Removes markup from a session's label, and cuts it to what a locked phone shows. */
const label = String.raw`reReplaceAll "[^\\pL\\pN .,:_/#()-]" "" $labels.session | printf "%.40s"`;
const shortId = String.raw`{{ reReplaceAll "^([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" "$1" $labels.session_id | printf "%.24s" }}`;
/** The session's label; without a name and a project, its short id. */
const who = `{{ with ${label} }}{{ . }}{{ else }}${shortId}{{ end }}`;
const left = '{{ with $labels.left }}: {{ humanize . }} left{{ end }}';
const full = '{{ with $labels.minutes }}, full in ~{{ . }} min{{ end }}';
/** Such as ` (142k of 200k tokens)`, or ` (… tokens, assumed)` where the window is a guess; empty if the session is gone. */
const tokensOfWhole =
  '{{ with $labels.tokens }} ({{ humanize . }} of {{ humanize $labels.whole }} tokens{{ if eq $labels.window_source "default" }}, assumed{{ end }}){{ end }}';

/** Such as ` of account 3f2a9c01`; empty if the account is unknown. */
const ofAccount = '{{ with $labels.account }} of account {{ printf "%.8s" . }}{{ end }}';

/** Seconds for which urgent alerts keep firing: a killed store loses some samples and takes some time to come back. */
const keepSeconds = 10;

/** The urgent alerts. The critical one is first, so that it never waits for another. */
export function urgentAlerts(settings: AlertSettings): readonly Alert[] {
  const { thresholds, holdSeconds: windowSeconds, intervalSeconds, compactionPercent: percent } = settings;
  const scope = { windowSeconds, thresholds, intervalSeconds };
  // Lesser alerts resolve after the critical one, whichever evaluation sees the fall first, so that nothing inhibits them.
  const lesserKeep = `${keepSeconds + 2 * intervalSeconds + 2}s`;
  const reached = `Session ${who} reached {{ printf "%.1f" $value }} % of its context window${tokensOfWhole}.`;
  const title = `${who} {{ printf "%.0f" $value }} % of context${left}${full}`;
  const resolved = ({ percent: threshold }: { readonly percent: number }) =>
    `${who} {{ with $labels.now }}back to {{ . }} %{{ else }}ended, or is below ${threshold} % again{{ end }}`;
  return [
    {
      name: alertNames.critical,
      severity: 'critical',
      query: thresholdReached({ severity: 'critical', ...scope }),
      tokensOf: 'window',
      reached: 'critical',
      keep: `${keepSeconds}s`,
      summary: 'The context window of a session is nearly full.',
      description: reached,
      advice: 'Save a checkpoint or type /compact in it now.',
      title,
      resolved: resolved(thresholds.critical),
      dashboard: sessionDashboard,
    },
    {
      name: alertNames.compaction,
      severity: 'warning',
      query: compactionNear({ percent, ...scope }),
      tokensOf: 'compaction',
      keep: lesserKeep,
      summary: 'A session is about to be compacted automatically.',
      description: `Session ${who} reached {{ printf "%.1f" $value }} % of the point at which it is compacted${tokensOfWhole}.`,
      advice: 'Save a checkpoint, or type /compact with what to keep, before that happens automatically.',
      title: `${who} {{ printf "%.0f" $value }} % of its compaction point${left}`,
      resolved: `${who} is no longer near its compaction point`,
      dashboard: sessionDashboard,
    },
    {
      name: alertNames.warning,
      severity: 'warning',
      query: thresholdReached({ severity: 'warning', ...scope }),
      tokensOf: 'window',
      reached: 'warning',
      keep: lesserKeep,
      summary: 'The context window of a session is filling up.',
      description: reached,
      advice: 'Plan a checkpoint, or type /compact at the next natural break.',
      title,
      resolved: resolved(thresholds.warning),
      dashboard: sessionDashboard,
    },
  ];
}

/** The alerts about slow developments. */
export function slowAlerts(settings: AlertSettings): readonly Alert[] {
  const { fullSoonMinutes, overdueMinutes, fastPoints, rateLimitPercent, thresholds } = settings;
  const scope = { windowSeconds: settings.holdSeconds, thresholds };
  return [
    {
      name: alertNames.fullSoon,
      severity: 'warning',
      query: fullSoon({ minutes: fullSoonMinutes, points: leastPoints, ...scope }),
      tokensOf: 'window',
      hold: '30s',
      summary: 'At the current pace, the context window of a session will be full within minutes.',
      description: `Session ${who} will be full in about {{ printf "%.0f" $value }} minutes at the pace of the last 5${tokensOfWhole}.`,
      advice: 'Save a checkpoint or type /compact in it before it is full.',
      title: `${who} full in ~{{ printf "%.0f" $value }} min${left}`,
      resolved: `${who} is no longer about to be full`,
      dashboard: sessionDashboard,
    },
    {
      name: alertNames.fast,
      severity: 'info',
      query: fillingFast({ points: fastPoints, ...scope }),
      tokensOf: 'window',
      hold: '30s',
      summary: 'The context window of a session is filling fast.',
      description: `Session ${who} filled {{ printf "%.1f" $value }} % of its context window within 5 minutes${tokensOfWhole}.`,
      advice: 'Find what returns so much, and make it return less.',
      title: `${who} filled {{ printf "%.0f" $value }} % of its context in 5 min${left}`,
      resolved: `${who} no longer fills fast`,
      dashboard: sessionDashboard,
    },
    {
      name: otherAlertNames.overdue,
      severity: 'critical',
      query: checkpointMissing(thresholds),
      tokensOf: 'window',
      hold: `${overdueMinutes}m`,
      summary: 'A session has been nearly full for a long time without a checkpoint.',
      description: `Session ${who} has been active at {{ printf "%.1f" $value }} % of its context window${tokensOfWhole} for ${overdueMinutes} minutes without a checkpoint.`,
      advice: 'Save one or type /compact in it now.',
      title: `${who} {{ printf "%.0f" $value }} % of context for ${overdueMinutes} min without a checkpoint${left}`,
      resolved: `${who} is no longer full without a checkpoint`,
      dashboard: sessionDashboard,
    },
    {
      name: otherAlertNames.rateLimit,
      severity: 'warning',
      query: rateLimitNear({ percent: rateLimitPercent }),
      summary: 'A rate limit of an account is nearly used up.',
      description: `{{ printf "%.1f" $value }} % of the rate limit {{ $labels.window }}${ofAccount} is used.`,
      advice: 'Finish what matters most, and postpone the rest until it is reset.',
      title: `{{ printf "%.0f" $value }} % of the rate limit {{ $labels.window }}${ofAccount} used`,
      resolved: `Rate limit {{ $labels.window }}${ofAccount} is reset, or used less`,
      dashboard: 'ctxd-context-overview',
    },
  ];
}
