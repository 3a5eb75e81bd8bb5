import type { SessionList, SessionView } from '#answers';
import { deliveredAlerts } from './delivered-alerts.ts';
import type { MonitorSource, SessionFigures } from './figures.ts';
import { historyFrom, type HistorySeries } from './history.ts';
import { fetchFrom, type Server } from './http-client.ts';

/** Most points to remember per session: an hour at one every 5 s. */
const mostPoints = 720;

const noSeries: HistorySeries = { usage: [], tokens: [], checkpoints: [], saved: [] };

/** A source for the monitor without VictoriaMetrics. Its history starts with the first snapshot. */
export function receiverSource(server: Server): MonitorSource {
  let seen = new Map<string, HistorySeries>();
  return {
    title: `receiver at ${server.url}`,
    isLiveOnly: true,
    now: Date.now,
    snapshot: async () => {
      const response = await fetchFrom(server, '/v1/sessions');
      const { sessions } = (await response.json()) as SessionList;
      const figures = sessions.filter((session) => session.tokensUsed !== null).map(figuresOf);
      const waiting = sessions
        .filter((session) => session.tokensUsed === null)
        .map(({ id, name, project, model, host }) => ({ id, name, project, model, host }));
      const atSeconds = Date.now() / 1_000;
      seen = new Map(
        figures.map((session) => [session.id, remembered(seen.get(session.id), session, atSeconds)]),
      );
      const delivered = await deliveredAlerts(server);
      return { sessions: figures, waiting, newestSampleSeconds: atSeconds, alerts: [], delivered };
    },
    trends: async (ids) =>
      new Map(
        ids.map((id) => [
          id,
          { usagePercents: (seen.get(id)?.usage ?? []).slice(-60).map(([, percent]) => percent) },
        ]),
      ),
    history: async (id) => historyFrom(seen.get(id) ?? noSeries),
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
    compactionTokens: session.compactionThresholdTokens,
  };
}

function remembered(
  before: HistorySeries = noSeries,
  session: SessionFigures,
  atSeconds: number,
): HistorySeries {
  const values = {
    ...session,
    usage: session.usagePercent,
    tokens: session.tokensUsed,
    saved: session.tokensSaved,
  };
  const extended = (name: keyof HistorySeries) =>
    [...before[name], [atSeconds, values[name]] as const].slice(-mostPoints);
  return {
    usage: extended('usage'),
    tokens: extended('tokens'),
    checkpoints: extended('checkpoints'),
    saved: extended('saved'),
  };
}
