import { clickable, type Line, line, selected, toned } from '../line.ts';
import type { MonitorSession } from '../monitor-model.ts';
import { sortNames } from '../monitor-state.ts';
import {
  decimal,
  dollarsShown,
  durationShown,
  latencyShown,
  percentShown,
  tokensShown,
} from '../../text/quantity.ts';
import { noFigureText } from '../../text/no-figure.ts';
import type { Scene } from '../scene.ts';
import { borderColumns } from '../box.ts';
import { rowLayout, sessionRow, visibleRows } from '../session-row.ts';
import { fullInText, headingText, markSegment, savedText, severityWord, usageText } from '../session-text.ts';
import { sparkline } from '../sparkline.ts';
import { widthOf } from '../../text/text.ts';
import { healthLines } from './health.ts';

/** The first view: totals and the sessions, in three lines each while all fit, otherwise in one. */
export function aggregateView(scene: Scene): Line[][] {
  const { isDetailed, extras } = planOf(scene);
  return [
    healthLines(scene),
    contextLines(scene),
    [...(isDetailed ? detailedLines(scene) : shortLines(scene)), ...waitingLines(scene)],
    ...extraParts(scene).slice(0, extras),
  ];
}

/** The sessions that the first view shows. */
export function topSessions(scene: Scene): readonly MonitorSession[] {
  const { rows } = planOf(scene);
  return visibleRows(scene.listed, scene.state.selectedId, rows);
}

/** Rows of the borders, the context, the heading of the sessions and the keys. */
const otherRows = 10;
const detailRows = 3;
/** Two lines and a border. */
const extraRows = 3;
/** With this many rows for sessions, further ones are worth less than the other parts. */
const manyRows = 12;

interface Plan {
  readonly isDetailed: boolean;
  /** Number of sessions. */
  readonly rows: number;
  readonly extras: number;
}

function planOf(scene: Scene): Plan {
  const count = scene.listed.length;
  const others = otherRows + healthLines(scene).length + waitingLines(scene).length;
  const room = Math.max(1, scene.size.rows - others);
  const most = extraParts(scene).length;
  const extrasBeside = (rows: number) => Math.min(most, Math.floor((room - rows) / extraRows));
  const detailed = Math.max(1, count * detailRows);
  if (detailed <= room) return { isDetailed: true, rows: count, extras: extrasBeside(detailed) };
  if (count <= room) return { isDetailed: false, rows: count, extras: extrasBeside(count) };
  const extras = Math.max(0, extrasBeside(manyRows));
  return { isDetailed: false, rows: Math.max(1, room - 1 - extras * extraRows), extras };
}

function contextLines({ model: { totals, crossings }, thresholds }: Scene): Line[] {
  const { tokensUsed, windowTokens, averageTokens, averageWindowTokens } = totals;
  const hits = (severity: 'warning' | 'critical') =>
    `${thresholds[severity].percent}% Hits: ${crossings === undefined ? '–' : decimal(crossings[severity])}/5m`;
  const share = percentShown(totals.usagePercent);
  const mean = percentShown(totals.averagePercent);
  return [
    line(toned('strong', 'Context Window (All Sessions)')),
    line(`├─ Total Usage: ${tokensShown(tokensUsed)} / ${tokensShown(windowTokens)} tokens (${share})`),
    line(
      `├─ Avg Per Session: ${tokensShown(averageTokens)} / ${tokensShown(averageWindowTokens)} (${share})`,
      // Windows of different sizes: a session of 1M tokens counts for five in the share, and once in the mean.
      share === mean ? '' : `   Mean Share: ${mean}`,
    ),
    line(`└─ ${hits('warning')}   ${hits('critical')}`),
  ];
}

function titleLine({ state: { sort } }: Scene): Line {
  return line(toned('strong', `Top Sessions by ${sortNames[sort]}`));
}

function detailedLines(scene: Scene): Line[] {
  const { listed } = scene;
  if (listed.length === 0 && scene.model.waiting.length > 0) return [titleLine(scene)];
  if (listed.length === 0) return [titleLine(scene), line(`└─ ${emptyText(scene)}`)];
  return [titleLine(scene), ...listed.flatMap((session, place) => sessionLines(scene, session, place))];
}

function shortLines(scene: Scene): Line[] {
  const layout = rowLayout(scene, scene.size.columns - borderColumns);
  const shown = topSessions(scene);
  const others = scene.listed.length - shown.length;
  return [
    titleLine(scene),
    ...shown.map((session) => sessionRow(scene, session, layout)),
    ...(others === 0 ? [] : [line(toned('quiet', `   and ${others} more: [s] lists all`))]),
  ];
}

function waitingLines({ model: { waiting } }: Scene): Line[] {
  const text = noFigureText(waiting.map(({ label }) => label));
  return text === '' ? [] : [line(toned('quiet', `   ${text}`))];
}

function emptyText({ status }: Scene): string {
  if (status.health === 'connecting') return 'Waiting for the first figures …';
  return 'No live sessions yet. To see yours: npm run connect';
}

function sessionLines(scene: Scene, session: MonitorSession, place: number): Line[] {
  const isLast = place === scene.listed.length - 1;
  const branch = isLast ? '└─ ' : place === 0 ? '┌─ ' : '├─ ';
  const isSelected = session.id === scene.state.selectedId;
  const heading = line(isSelected ? branch.replace('─', '▸') : branch, toned('strong', headingText(session)));
  const stem = isLast ? '   ' : '│  ';
  const lines: Line[] = [
    isSelected ? selected(heading) : heading,
    [toned('plain', stem), ...usageLine(scene, session)],
    line(
      `${stem}Checkpoints: ${session.checkpoints}   Saved: ${savedText(session)}   Duration: ${durationShown(session.durationSeconds)}`,
    ),
  ];
  return lines.map((drawn) => clickable(drawn, session.id));
}

/** Columns of the longest usage, severity and time to full. */
const mostBesideTrend = 62;

function usageLine({ trends, size, nowMillis }: Scene, session: MonitorSession): Line {
  const trend = trends.get(session.id);
  const usage = `Usage: ${usageText(session)} `;
  const full = fullInText(session, trend, nowMillis);
  const word = severityWord(session);
  const room = size.columns - borderColumns - 3;
  const trendWidth = Math.min(60, Math.max(5, room - mostBesideTrend));
  const drawn = sparkline(trend?.usagePercents ?? [], trendWidth);
  const taken = widthOf(`${usage}[x]  ${drawn} ${word.text}  `);
  return [
    toned('plain', usage),
    markSegment(session),
    toned('plain', '  '),
    toned(session.severity, drawn),
    toned('plain', ' '),
    word,
    toned('plain', full !== '' && taken + widthOf(full) <= room ? `  ${full}` : ''),
  ];
}

/** HTTP and embeddings, each only where something reports it. */
function extraParts({ model: { http, embeddings } }: Scene): Line[][] {
  const latency = http?.p95Seconds === undefined ? '–' : latencyShown(http.p95Seconds);
  return [
    http && [
      line(toned('strong', 'HTTP Requests')),
      line(`└─ Rate: ${decimal(http.requestsPerMinute)} req/min   Latency (p95): ${latency}`),
    ],
    embeddings && [
      line(toned('strong', 'Embeddings')),
      line(
        `└─ Ops: ${decimal(embeddings.operations)}/min   Tokens: ${tokensShown(embeddings.tokens).toLowerCase()}/min   Cost: ${dollarsShown(embeddings.costUsd)}/min`,
      ),
    ],
  ].filter((part) => part !== undefined);
}
