import { borderColumns, borderRows } from '../box.ts';
import { type Line, line, type Segment, selected, toned } from '../line.ts';
import type { MonitorSession } from '../monitor-model.ts';
import {
  decimal,
  dollarsShown,
  durationShown,
  latencyShown,
  percentShown,
  tokensShown,
} from '../../text/quantity.ts';
import type { Scene } from '../scene.ts';
import { fullText, headingText, markSegment, savedText, severityWord, usageText } from '../session-text.ts';
import { sparkline } from '../sparkline.ts';
import { widthOf } from '../../text/text.ts';
import { healthLines } from './health.ts';

/** The first view: totals and the top sessions, as many as fit on the screen. */
export function aggregateView(scene: Scene): Line[][] {
  const head = healthLines(scene);
  const room = scene.size.rows - head.length - contextRows - 2;
  const { sessions, extras } = chosen(room, scene.listed.length);
  return [
    head,
    contextLines(scene),
    topLines(scene, sessions),
    ...[httpLines, embeddingLines].slice(0, extras).map((lines) => lines(scene)),
  ];
}

const contextRows = 4;
const sessionRows = 3;
const extraRows = 2;

/** How many sessions and extra parts fit. Three sessions take precedence over the extra parts, further sessions do not. */
function chosen(room: number, available: number) {
  const wishes: [sessions: number, extras: number][] = [
    [5, 2],
    [4, 2],
    [3, 2],
    [3, 1],
    [3, 0],
    [2, 0],
    [1, 0],
  ];
  const needed = ([sessions, extras]: [number, number]) =>
    1 +
    Math.max(1, sessionRows * Math.min(sessions, available)) +
    extras * extraRows +
    borderRows(3 + extras);
  const [sessions, extras] = wishes.find((wish) => needed(wish) <= room + 1) ?? [0, 0];
  return { sessions: Math.min(sessions, available), extras };
}

function contextLines({ model: { totals, crossings }, thresholds }: Scene): Line[] {
  const { tokensUsed, windowTokens, averageTokens, averageWindowTokens } = totals;
  const hits = (severity: 'warning' | 'critical') =>
    `${thresholds[severity].percent}% Hits: ${crossings === undefined ? '–' : decimal(crossings[severity])}/5m`;
  return [
    line(toned('strong', 'Context Window (All Sessions)')),
    line(
      `├─ Total Usage: ${tokensShown(tokensUsed)} / ${tokensShown(windowTokens)} tokens (${percentShown(totals.usagePercent)})`,
    ),
    line(
      `├─ Avg Per Session: ${tokensShown(averageTokens)} / ${tokensShown(averageWindowTokens)} (${percentShown(totals.averagePercent)})`,
    ),
    line(`└─ ${hits('warning')}   ${hits('critical')}`),
  ];
}

function topLines(scene: Scene, count: number): Line[] {
  const shown = scene.listed.slice(0, count);
  const title = line(toned('strong', 'Top Sessions by Context Usage'));
  if (shown.length === 0) return [title, line(`└─ ${emptyText(scene)}`)];
  return [title, ...shown.flatMap((session, place) => sessionLines(scene, session, place, shown.length))];
}

function emptyText({ status }: Scene): string {
  if (status.health === 'connecting') return 'Waiting for the first figures …';
  return 'No live sessions yet. To see yours: npm run connect';
}

function sessionLines(scene: Scene, session: MonitorSession, place: number, count: number): Line[] {
  const isLast = place === count - 1;
  const branch = isLast ? '└─ ' : place === 0 ? '┌─ ' : '├─ ';
  const isSelected = session.id === scene.state.selectedId;
  const heading = line(
    isSelected ? branch.replace('─', '▸') : branch,
    toned('strong', headingText(session, place)),
  );
  const stem = isLast ? '   ' : '│  ';
  return [
    isSelected ? selected(heading) : heading,
    [toned('plain', stem), ...usageLine(scene, session)],
    line(
      `${stem}Checkpoints: ${session.checkpoints}   Saved: ${savedText(session)}   Duration: ${durationShown(session.durationSeconds)}`,
    ),
  ];
}

/** Columns of the longest usage, severity and time to full. */
const mostBesideTrend = 62;

function usageLine({ trends, size }: Scene, session: MonitorSession): Segment[] {
  const trend = trends.get(session.id);
  const usage = `Usage: ${usageText(session)} `;
  const full = fullText(trend?.secondsToFull);
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

function httpLines({ model: { http }, status }: Scene): Line[] {
  const latency = http?.p95Seconds === undefined ? '–' : latencyShown(http.p95Seconds);
  return [
    line(toned('strong', 'HTTP Requests')),
    line(
      http === undefined
        ? `└─ ${absentText(status.isLiveOnly, 'No instrumented server reports')}`
        : `└─ Rate: ${decimal(http.requestsPerMinute)} req/min   Latency (p95): ${latency}`,
    ),
  ];
}

function embeddingLines({ model: { embeddings }, status }: Scene): Line[] {
  return [
    line(toned('strong', 'Embeddings')),
    line(
      embeddings === undefined
        ? `└─ ${absentText(status.isLiveOnly, 'None reported')}`
        : `└─ Ops: ${decimal(embeddings.operations)}/min   Tokens: ${tokensShown(embeddings.tokens).toLowerCase()}/min   Cost: ${dollarsShown(embeddings.costUsd)}/min`,
    ),
  ];
}

function absentText(isLiveOnly: boolean, otherwise: string): string {
  return isLiveOnly ? 'Needs VictoriaMetrics: npm run stack:up' : otherwise;
}
