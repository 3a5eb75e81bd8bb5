import type { SessionList, SessionView } from '#answers';
import { deliveredAlerts } from './delivered-alerts.ts';
import type { CheckpointEntry, HistoryPoint, MonitorSource, SessionFigures } from './figures.ts';
import { ask, type Server } from './http-client.ts';

interface Remembered {
  points: HistoryPoint[];
  checkpoints: CheckpointEntry[];
  last: SessionFigures;
}

/** Most points to remember per session: an hour at one every 5 s. */
const mostPoints = 720;

/** A source for the monitor without VictoriaMetrics. Its history starts with the first snapshot. */
export function receiverSource(server: Server): MonitorSource {
  let seen = new Map<string, Remembered>();
  return {
    title: `receiver at ${server.url}`,
    isLiveOnly: true,
    now: Date.now,
    snapshot: async () => {
      const response = await ask(server, '/v1/sessions');
      const { sessions } = (await response.json()) as SessionList;
      const figures = sessions.map(figuresOf);
      const atSeconds = Date.now() / 1_000;
      seen = new Map(
        figures.map((session) => [session.id, remembered(seen.get(session.id), session, atSeconds)]),
      );
      const delivered = await deliveredAlerts(server);
      return { sessions: figures, newestSampleSeconds: atSeconds, alerts: [], delivered };
    },
    trends: async (ids) =>
      new Map(
        ids.map((id) => [
          id,
          { usagePercents: (seen.get(id)?.points ?? []).slice(-60).map(({ usagePercent }) => usagePercent) },
        ]),
      ),
    history: async (id) => ({
      points: seen.get(id)?.points ?? [],
      checkpoints: seen.get(id)?.checkpoints ?? [],
    }),
  };
}

function figuresOf(session: SessionView): SessionFigures {
  return {
    id: session.id,
    name: session.name,
    project: session.project,
    model: session.model,
    tokensUsed: session.tokensUsed,
    windowTokens: session.windowTokens,
    isWindowAssumed: session.isWindowAssumed,
    usagePercent: session.usagePercent,
    checkpoints: session.checkpointCount,
    tokensSaved: session.tokensSaved,
    durationSeconds: session.durationMillis / 1_000,
    lastActivitySeconds: session.lastActivityMillis / 1_000,
    costUsd: session.costUsd,
  };
}

function remembered(before: Remembered | undefined, session: SessionFigures, atSeconds: number): Remembered {
  const point = { atSeconds, tokensUsed: session.tokensUsed, usagePercent: session.usagePercent };
  if (before === undefined) return { points: [point], checkpoints: [], last: session };
  const grew = session.checkpoints > before.last.checkpoints;
  const checkpoint = {
    atSeconds,
    tokensBefore: before.last.tokensUsed,
    tokensAfter: session.tokensUsed,
    tokensSaved: session.tokensSaved - before.last.tokensSaved,
  };
  return {
    points: [...before.points, point].slice(-mostPoints),
    checkpoints: grew ? [...before.checkpoints, checkpoint] : before.checkpoints,
    last: session,
  };
}
