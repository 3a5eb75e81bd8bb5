import type { SessionContext } from '../../session.ts';
import type { SessionView, WaitingSession } from '../answers.ts';
import type { Account } from './account.ts';
import type { SessionIntake } from './session-intake.ts';

/** A session as the receiver returns it: its figures, its description, and when each source last reported it. */
export function sessionView(session: SessionContext, intake: SessionIntake): SessionView {
  const {
    sessionId,
    threshold70Hit: _,
    threshold90Hit: __,
    peakTokens: ___,
    countersAtStart: ____,
    ...figures
  } = session;
  const details = intake.tracker.details(sessionId);
  const account = intake.tracker.session(sessionId)?.account;
  const compaction = account?.compactions.at(-1);
  return {
    id: sessionId,
    name: details?.sessionName,
    ...figures,
    // The exported counters never fall; these are corrected when a late report says more.
    ...(account && countersOf(account)),
    model: details?.model ?? figures.model,
    project: details?.project,
    host: details?.host,
    source: details?.source,
    windowSource: details?.windowSource,
    isWindowAssumed: details?.windowSource === 'default',
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

/** A session that runs and has made no request yet: its figures are unknown. */
export function waitingSessionView(sessionId: string, intake: SessionIntake): WaitingSession {
  const session = intake.tracker.session(sessionId);
  return {
    id: sessionId,
    name: session?.sessionName?.text,
    tokensUsed: null,
    windowTokens: null,
    usagePercent: null,
    model: session?.model,
    project: session?.project?.text,
    host: intake.tracker.hostOf(sessionId),
    source: 'process',
    subagents: [],
    sources: intake.seenAtMillis(sessionId),
  };
}

function countersOf(account: Account) {
  return {
    checkpointCount: account.checkpoints,
    tokensSaved: account.tokensSaved,
    threshold70Count: account.warningCrossings,
    threshold90Count: account.criticalCrossings,
  };
}
