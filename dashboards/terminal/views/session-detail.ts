import { borderColumns, borderRows } from '../box.ts';
import type { SessionHistory } from '../../source/figures.ts';
import { graph } from '../graph.ts';
import { type Line, line, toned } from '../line.ts';
import type { MonitorSession } from '../monitor-model.ts';
import { clockShown, dollarsShown, durationShown, tokensShown } from '../../text/quantity.ts';
import type { Scene } from '../scene.ts';
import { fullInText, markSegment, savedText, severityWord, usageText } from '../session-text.ts';
import { marks } from '../severity.ts';
import { type Spell, spellsOf } from '../spells.ts';
import { healthLines } from './health.ts';

/** One session: its figures, usage over time, checkpoints and past severities. */
export function detailView(scene: Scene): Line[][] {
  const session = scene.model.sessions.find(({ id }) => id === scene.state.selectedId);
  const head = healthLines(scene);
  if (session === undefined)
    return [head, goneLines(scene), graphLines(scene, scene.size.rows - head.length - 10)];
  const facts = factLines(scene, session);
  const history = historyLines(scene, Math.max(2, Math.floor((scene.size.rows - 14) / 3)));
  const used = head.length + facts.length + history.length + borderRows(4) + 2;
  return [head, facts, graphLines(scene, scene.size.rows - used), history];
}

function goneLines({ state }: Scene): Line[] {
  return [
    line(toned('strong', state.selectedId ?? '')),
    line('The session has ended. Play it back: npm run replay'),
  ];
}

function factLines({ trends, silencedIds, nowMillis }: Scene, session: MonitorSession): Line[] {
  const full = fullInText(session, trends.get(session.id), nowMillis);
  const described = [
    session.project && `Project: ${session.project}`,
    session.model && `Model: ${session.model}`,
    session.costUsd !== undefined && `Cost: ${dollarsShown(session.costUsd)}`,
    silencedIds.has(session.id) && 'Alerts: silenced',
  ].filter(Boolean);
  return [
    line(toned('strong', titleOf(session))),
    line(
      `Usage: ${usageText(session)} `,
      markSegment(session),
      ' ',
      severityWord(session),
      full && `  ${full}`,
    ),
    line(
      `Checkpoints: ${session.checkpoints}   Saved: ${savedText(session)}   Duration: ${durationShown(session.durationSeconds)}`,
    ),
    ...(described.length === 0 ? [] : [line(described.join('   '))]),
  ];
}

/** With the whole id, so that it can be copied. */
function titleOf({ id, name, project }: MonitorSession): string {
  const known = name ?? project;
  return known === undefined ? `Session ${id}` : `${known} (${id})`;
}

function graphLines({ history, size, thresholds }: Scene, rows: number): Line[] {
  if (history === undefined) return [line('Loading history …')];
  if (history.points.length === 0) return [line('No history.')];
  return graph(history.points, {
    width: size.columns - borderColumns,
    height: Math.max(4, rows),
    thresholds,
  });
}

function historyLines({ history, thresholds }: Scene, count: number): Line[] {
  const checkpoints = (history?.checkpoints ?? []).slice(-count).toReversed();
  const spells = spellsOf(history?.points ?? [], thresholds)
    .slice(-count)
    .toReversed();
  return [
    line(toned('strong', 'Checkpoints')),
    ...(checkpoints.length === 0 ? [line('└─ none')] : checkpoints.map(checkpointLine)),
    line(toned('strong', 'States')),
    ...(spells.length === 0 ? [line('└─ none')] : spells.map(spellLine)),
  ];
}

function checkpointLine(
  checkpoint: SessionHistory['checkpoints'][number],
  index: number,
  all: readonly unknown[],
): Line {
  const { atSeconds, tokensBefore, tokensAfter, tokensSaved } = checkpoint;
  const change = `${tokensShown(tokensBefore)} → ${tokensShown(tokensAfter)}`;
  return line(
    `${branch(index, all.length)}${clockShown(atSeconds * 1_000)}  ${change}   saved ${tokensShown(tokensSaved)}`,
  );
}

function spellLine(
  { severity, fromSeconds, toSeconds }: Spell,
  index: number,
  all: readonly unknown[],
): Line {
  return line(
    `${branch(index, all.length)}${clockShown(fromSeconds * 1_000)}  `,
    toned(severity, `${marks[severity]} ${severity}`),
    `  for ${durationShown(toSeconds - fromSeconds)}`,
  );
}

function branch(index: number, count: number): string {
  return index === count - 1 ? '└─ ' : '├─ ';
}
