import type { SessionContext } from '../../session.ts';
import type { SessionView } from '../answers.ts';
import type { SessionIntake } from './session-intake.ts';

/** A session as the receiver answers with it: its figures, what describes it, and who spoke of it when. */
export function sessionView(session: SessionContext, intake: SessionIntake): SessionView {
  const { sessionId, threshold70Hit: _, threshold90Hit: __, ...figures } = session;
  const details = intake.tracker.details(sessionId);
  const compaction = intake.tracker.session(sessionId)?.compactions.at(-1);
  return {
    id: sessionId,
    name: details?.sessionName,
    ...figures,
    model: details?.model ?? figures.model,
    project: details?.project,
    host: details?.host,
    source: details?.source,
    windowSource: details?.windowSource,
    compactionThresholdTokens: details?.compactionThresholdTokens,
    costUsd: details?.costUsd,
    subagents: details?.subagents ?? [],
    lastCompaction: compaction && {
      atMillis: compaction.atMillis,
      trigger: compaction.trigger,
      tokensSaved: compaction.tokensSaved,
    },
    sources: intake.seenAtMillis(sessionId),
  };
}
